"""The decisions of a review: what holds in memory, what is said on disk, one writer at a time."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from collection_tools.decisions import append_decision, laid_over, read_lines, standing, undone
from nlcl_bench.core.errors import InputError, StorageError
from nlcl_bench.core.files import locked, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from collection_tools.decisions import Decision

__all__ = ["Journal", "Noted", "journal"]

_LOCK_FOLDER = ".review"


class Noted(NamedTuple):
    """A decision that is on the disk: the number of its line, and the photograph it is about."""

    line: int
    sha256: str


class Journal:
    """The decisions about a store, for several threads; see :func:`journal`.

    Args:
        store: The store, which nobody else appends to.

    Attributes:
        made: How many decisions were added here.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._lock = Lock()
        self.made = 0
        self._read()

    def _read(self) -> None:
        lines = read_lines(self._store)
        taken_back = undone(lines)
        self._holds = standing(lines)
        self._last = {line.sha256: (number, line) for number, line in enumerate(lines, 1) if line and line.sha256}
        self._last = {sha256: last for sha256, last in self._last.items() if last[0] not in taken_back}

    @property
    def holds(self) -> Mapping[str, Decision]:
        """What holds for each photograph that somebody decided about, by digest."""
        return self._holds

    def add(self, decision: Decision) -> Noted:
        """Write a decision; it is on the disk when this returns.

        To say again what was just said adds nothing: so a page that did not hear our answer can ask again.

        Raises:
            InputError: It says nothing, or undoes a line that is not there.
            StorageError: The disk is full or read-only.
        """
        with self._lock:
            sha256 = _about(decision, self._store)
            said = self._last.get(sha256)
            if said is not None and said[1] == decision:
                return Noted(said[0], sha256)
            line = append_decision(self._store, decision)
            if decision.undoes is None:
                self._holds[sha256] = laid_over(self._holds.get(sha256), decision)
                self._last[sha256] = (line, decision)
            else:
                self._read()
            self.made += 1
        return Noted(line, sha256)


def _about(decision: Decision, store: Path) -> str:
    """Return the photograph that a decision concerns."""
    said = decision.model_dump(exclude_none=True, exclude={"sha256", "undoes"})
    if decision.undoes is None:
        if decision.sha256 is None or not said:
            raise InputError("is no decision: it says nothing of a photograph")
        return decision.sha256
    if said or decision.sha256 is not None:
        raise InputError("is no decision: undoing says nothing else")
    lines = read_lines(store)
    line = lines[decision.undoes - 1] if decision.undoes <= len(lines) else None
    while line is not None and line.undoes is not None:
        line = lines[line.undoes - 1] if line.undoes <= len(lines) else None
    if line is None or line.sha256 is None:
        raise InputError(f"there is no decision {decision.undoes} to undo")
    return line.sha256


@contextmanager
def journal(store: Path) -> Iterator[Journal]:
    """Hold the decisions of a store for one review; collecting into it goes on meanwhile.

    Raises:
        ManifestError: The list of decisions is damaged.
        StorageError: Another review is open, or the store is read-only.
    """
    folder = make_folder(store / _LOCK_FOLDER)
    with ExitStack() as held:
        try:
            held.enter_context(locked(folder))
        except StorageError as error:
            raise StorageError(
                "is being reviewed already", where=store, fix="use the page that is open, or end that review first"
            ) from error
        yield Journal(store)
