"""The server in a process of its own, as tests and benchmarks hold it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

PROGRAM = Path(__file__).parent


class HubServer:
    """A running server; `options` are those of the program, with underscores (`multipart_above=1000, part=500`)."""

    def __init__(self, root: Path, **options: int):
        self.root, self.options, self.port = root, options, 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Start it, after a stop or kill again on the same folder and port."""
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self.options.items()]
        command = [sys.executable, str(PROGRAM), "--root", str(self.root), "--port", str(self.port), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = urlsplit(self.process.stdout.readline().strip()).port
        return self

    @property
    def url(self) -> str:
        """Return the address, for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Kill it without a warning."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def wait_until_dead(self, patience: float = 10.0) -> None:
        """Wait until a fault of kind `kill` has struck."""
        self.process.wait(patience)
        self.process.stdout.close()

    def account(self, name: str, **what: Any) -> str:
        """Add a user, or a token of theirs, and return it; `role` (write, read), `orgs` ({name: role}), `expired`."""
        return self._control("POST", "accounts", {"name": name, **what})["token"]

    def fault(self, kind: str, match: str = "", **what: Any) -> None:
        """Ask for a fault; see the module `faults` for kinds and settings."""
        self._control("POST", "faults", {"kind": kind, "match": match, **what})

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are set, each with how often it `struck`."""
        return self._control("GET", "faults")

    def no_faults(self) -> None:
        """Take all faults away."""
        self._control("DELETE", "faults")

    def trace(self) -> list[dict[str, Any]]:
        """Return all requests so far, after those under way have ended."""
        return self._control("GET", "trace")

    def forget_trace(self) -> None:
        """Begin the trace anew."""
        self._control("DELETE", "trace")

    def environment(self, home: Path, token: str | None = None, *, xet: bool = False) -> dict[str, str]:
        """Return the environment for a client of this server in a process of its own, with its caches below `home`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        ours = {"HF_ENDPOINT": self.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
        ours |= {"HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1"}
        return kept | ours | ({} if xet else {"HF_HUB_DISABLE_XET": "1"}) | ({"HF_TOKEN": token} if token else {})

    def ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Ask without any of the Hub's clients; return the answer (`.status`, `.headers`) and its body."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()

    def _control(self, method: str, door: str, value: Any = None) -> Any:
        answer, body = self.ask(method, f"/__control__/{door}", None if value is None else json.dumps(value))
        said = json.loads(body)
        if answer.status != HTTPStatus.OK:
            raise ValueError(said["error"])
        return said

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
