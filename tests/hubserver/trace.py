"""What was asked: one JSON line a request, without tokens."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 5.0  # seconds; a request that hangs is not waited for


class Trace:
    """The requests since the file was begun; a reader waits until none is under way."""

    def __init__(self, file: Path):
        self.file = file
        self.idle = threading.Condition()
        self.under_way = 0

    def begin(self) -> None:
        """Count a request in."""
        with self.idle:
            self.under_way += 1

    def end(self, line: dict[str, Any]) -> None:
        """Write a request's line and count it out."""
        with self.idle:
            with self.file.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
            self.under_way -= 1
            self.idle.notify_all()

    def lines(self) -> list[dict[str, Any]]:
        """Return all lines, after what is under way has ended."""
        with self.idle:
            self._wait()
            return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def clear(self) -> None:
        """Begin anew, after what is under way has ended."""
        with self.idle:
            self._wait()
            self.file.unlink(missing_ok=True)

    def _wait(self) -> None:
        self.idle.wait_for(lambda: self.under_way == 0, PATIENCE)
