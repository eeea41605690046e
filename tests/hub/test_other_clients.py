"""Clients that share no code with huggingface_hub keep the look-alike honest; both are optional.

`NLCL_BENCH_OLAH` names the program `olah-cli` (`pip install olah` in an environment of its own), unless it is on PATH.
`NLCL_BENCH_HUBJS` names a `node_modules` folder that holds `@huggingface/hub` (`npm install @huggingface/hub`).
"""

import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def test_the_javascript_client_writes_and_reads(hub, folder):
    modules, node = os.environ.get("NLCL_BENCH_HUBJS"), shutil.which("node")
    if not modules or not node:
        pytest.skip("NLCL_BENCH_HUBJS is not set, or there is no node")
    parquet = folder / "rainy" / "test-00000-of-00001.parquet"
    script = [node, str(Path(__file__).with_name("write.mjs")), modules, hub.url, hub.account("ada"), str(parquet)]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    files = [".gitattributes", "README.md", "rainy/test-00000-of-00001.parquet"]
    found = json.loads(done.stdout)
    assert {name: [path for path in found.pop(name) if path != "rainy"] for name in ("main", "next", "proposed")} == {
        "main": files,
        "next": [path for path in files if path != "README.md"],
        "proposed": [".gitattributes", "README.md", "more.txt", "rainy/test-00000-of-00001.parquet"],
    }
    assert found == {
        "me": "ada", "again": 409, "wrong": 412, "same": True, "slice": "PAR1", "exists": False,
        "pull": "/datasets/ada/script/discussions/1", "titles": ["From a script", "initial commit"],
    }  # fmt: skip


@contextmanager
def mirror(program, hub, folder):
    """Run the mirror in front of the server and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--hf-scheme", "http", "--mirror-scheme", "http"]
    command += ["--hf-netloc", f"127.0.0.1:{hub.port}", "--hf-lfs-netloc", f"127.0.0.1:{hub.port}"]
    command += ["--mirror-netloc", address, "--mirror-lfs-netloc", address]
    command += ["--repos-path", str(folder / "repos"), "--log-path", str(folder / "logs")]
    with (folder / "mirror.log").open("w") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(150):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
                break
            time.sleep(0.2)
        yield f"http://{address}"
    finally:
        running.terminate()
        running.wait(20)


def test_a_mirror_reads_through(hub, client, client_of, folder, tmp_path):
    program = os.environ.get("NLCL_BENCH_OLAH") or shutil.which("olah-cli")
    if not program:
        pytest.skip("NLCL_BENCH_OLAH is not set, and olah-cli is not on PATH")

    def publish(api, folder):
        kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
        api.create_repo(**kind)
        api.upload_folder(folder_path=folder, **kind)
        api.create_tag(tag="v1.0.0", **kind)

    def read(api):
        from datasets import load_dataset

        return [
            api.dataset_info("ada/rain", revision="v1.0.0").id,
            [item.path for item in api.list_repo_tree("ada/rain", repo_type="dataset", recursive=True)],
            load_dataset("ada/rain", "rainy", split="test", revision="v1.0.0").num_rows,
        ]

    client(publish, folder, token=hub.account("ada"))
    hub.forget_trace()

    class Mirrored:
        def environment(self, home, token, *, xet):
            return hub.environment(home, token, xet=xet) | {"HF_ENDPOINT": address}

    with mirror(program, hub, tmp_path) as address:
        found = client_of(Mirrored())(read)
    files = [".gitattributes", "README.md", "rainy", "rainy/test-00000-of-00001.parquet"]
    assert found == ["ada/rain", files, 100]
    assert [line for line in hub.trace() if line["path"].endswith(".parquet") and line["sent"]] != []
