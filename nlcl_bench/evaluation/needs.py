"""Which weight and parameter files metrics and methods need, and which of them a word means."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.methods.spec import MethodSpec
    from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["Need", "meant", "needs", "one_meant"]


@dataclass(frozen=True, slots=True)
class Need:
    """A file, and the names of the metrics and methods that need it."""

    artifact: Artifact
    users: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.artifact.name.rpartition("/")[2]


def needs(metrics: Iterable[MetricSpec], methods: Iterable[MethodSpec]) -> list[Need]:
    """Return every file that metrics and methods need, each once, in the order of their names."""
    users: dict[str, list[str]] = {}
    files: dict[str, Artifact] = {}
    wanted = [(spec.name, spec.files) for spec in metrics]
    wanted += [(spec.name, () if spec.weights is None else (spec.weights,)) for spec in methods]
    for name, artifacts in wanted:
        for artifact in artifacts:
            files[artifact.name] = artifact
            users.setdefault(artifact.name, []).append(name)
    return [Need(files[key], tuple(sorted(users[key]))) for key in sorted(files)]


def meant(word: str, every: Sequence[Need]) -> list[Need]:
    """Return the files that a word means: the file of that name, or all that a metric or method of that name needs.

    Raises:
        UnknownNameError: There is none; the nearest words are suggested.
    """
    found = [need for need in every if word in {need.name, need.artifact.name}]
    found = found or [need for need in every if word in need.users]
    if not found:
        words = sorted({word for need in every for word in (need.name, *need.users)})
        near = get_close_matches(word, words, n=3)
        fix = f"did you mean {' or '.join(near)}?" if near else "nlcl-bench weights list shows all"
        raise UnknownNameError("no file of this name, and no metric or method that needs one", where=word, fix=fix)
    return found


def one_meant(word: str, every: Sequence[Need]) -> Need:
    """Return the single file that a word means.

    Raises:
        UnknownNameError: There is none.
        InputError: The word is a metric's or method's that needs several.
    """
    found = meant(word, every)
    if len(found) > 1:
        names = " or ".join(need.name for need in found)
        raise InputError("needs several files", where=word, fix=f"say which: {names}")
    return found[0]
