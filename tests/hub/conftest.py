"""What the tests of the Hub's look-alike share: the server, clients in processes of their own, a small data set."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hubserver.process import HubServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CARD = "---\nconfigs:\n- config_name: rainy\n  data_files:\n  - split: test\n    path: rainy/test-*\n---\n# Rain\n"


@pytest.fixture
def hub_with(tmp_path_factory) -> Iterator[Callable[..., HubServer]]:
    """Return a starter of servers with other limits."""
    with ExitStack() as stack:
        yield lambda **limits: stack.enter_context(HubServer(tmp_path_factory.mktemp("hub"), **limits))


@pytest.fixture
def client_of(tmp_path) -> Callable[[HubServer], Callable[..., Any]]:
    """Return a maker of clients: callers of functions in a fresh Python that knows a server.

    A function takes an `HfApi` first and imports what it needs itself; what it returns comes back through JSON.
    """
    return lambda server: partial(_call, server, tmp_path / "home")


@pytest.fixture
def client(hub, client_of) -> Callable[..., Any]:
    """Return a client of the server."""
    return client_of(hub)


def _call(server, home, function, *arguments, token=None, xet=False):
    source = textwrap.dedent(inspect.getsource(function))
    script = (
        f"import json, sys\nfrom huggingface_hub import HfApi\n{source}\nif __name__ == '__main__':\n"
        f"    result = {function.__name__}(HfApi(), *json.loads(sys.argv[1]))\n"
        "    print()\n    print(json.dumps(result))\n"
    )
    command = [sys.executable, "-c", script, json.dumps([str(a) if isinstance(a, Path) else a for a in arguments])]
    environment = server.environment(home, token, xet=xet)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a data set of one configuration, ready to upload."""
    here = tmp_path / "upload"
    (here / "rainy").mkdir(parents=True)
    rows = {"number": list(range(100)), "scene": ["abcd"[index % 4] for index in range(100)]}
    pq.write_table(pa.table(rows), here / "rainy" / "test-00000-of-00001.parquet", row_group_size=25)
    (here / "README.md").write_text(CARD)
    return here
