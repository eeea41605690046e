"""Named things that plug in through entry points: methods, metrics, commands.

Our own parts use the same door as a third party's. Names are listed without importing anything; a thing is
imported when it is asked for.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Generic, TypeVar

from nlcl_bench.core.errors import PluginError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """A lazy catalogue over one entry-point group.

    Args:
        group: The entry-point group, e.g. ``nlcl_bench.methods``.
        kind: The word for one member in messages, e.g. ``method``.
        type_: What a member must be an instance of; None accepts anything.
        entries: Entry points to use instead of the installed ones.
    """

    def __init__(
        self,
        group: str,
        kind: str,
        type_: type[T] | None = None,
        entries: Iterable[EntryPoint] | None = None,
    ) -> None:
        self.group = group
        self.kind = kind
        self.type_ = type_
        self._entries = entries
        self._loaded: dict[str, T] = {}

    @cached_property
    def _points(self) -> dict[str, EntryPoint]:
        """The entry points by name; looking through all installed packages takes a while, so it is done once."""
        found: dict[str, EntryPoint] = {}
        for point in self._entries if self._entries is not None else entry_points(group=self.group):
            other = found.setdefault(point.name, point)
            if other.value != point.value:
                raise PluginError(
                    f"two installed packages offer a {self.kind} of this name: {other.value} and {point.value}",
                    where=point.name,
                    fix="uninstall one of them",
                )
        return found

    def names(self) -> list[str]:
        """Return all names in the order of the alphabet, importing nothing.

        Raises:
            PluginError: Two packages offer the same name.
        """
        return sorted(self._points)

    def get(self, name: str) -> T:
        """Return the member called ``name``.

        Raises:
            UnknownNameError: There is none; the nearest names are suggested.
            PluginError: Its package cannot be imported or gives something else.
        """
        if name not in self._loaded:
            points = self._points
            if name not in points:
                near = get_close_matches(name, points, n=3)
                hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(sorted(points))}"
                raise UnknownNameError(f"no {self.kind} of this name", where=name, fix=hint)
            self._loaded[name] = self._load(points[name])
        return self._loaded[name]

    def _load(self, point: EntryPoint) -> T:
        try:
            member: T = point.load()
        except Exception as error:  # a stranger's package may raise anything at import
            raise PluginError(
                f"{self.kind} cannot be loaded from {point.value}: {type(error).__name__}: {error}",
                where=point.name,
                fix="update or uninstall the package that brings it",
            ) from error
        if self.type_ is not None and not isinstance(member, self.type_):
            raise PluginError(
                f"{point.value} is a {type(member).__name__}, not a {self.type_.__name__}",
                where=point.name,
                fix="update or uninstall the package that brings it",
            )
        return member
