"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Track", "silent"]

T = TypeVar("T")


class Track(Protocol):
    """Passes items on and shows how many have passed."""

    def __call__(
        self, items: Iterable[T], *, what: str, total: int | None = None, now: Callable[[], str] | None = None
    ) -> Iterator[T]:
        """Yield every item of ``items``; ``what`` names the work, ``total`` its length, ``now`` says how it stands."""
        ...


def silent(
    items: Iterable[T],
    *,
    what: str,  # noqa: ARG001
    total: int | None = None,  # noqa: ARG001
    now: Callable[[], str] | None = None,  # noqa: ARG001
) -> Iterator[T]:
    """Pass the items on and show nothing: the default of every function that tracks."""
    yield from items
