"""The fixture `hub`: a server on an empty folder. A conftest takes it with `from hubserver.fixture import hub`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hubserver.process import HubServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    """Yield a running server on an empty folder."""
    with HubServer(tmp_path_factory.mktemp("hub")) as server:
        yield server
