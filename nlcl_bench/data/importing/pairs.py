"""Which files of a foreign set belong together: patterns with placeholders, for rainy images and their clean ones.

::

    rainy = "rain/{id}_{variant}.jpg"      clean = "norain/{id}.jpg"

``{word}`` stands for some characters of one name and ``{word:number}`` for digits, of which leading zeros do not count;
``*`` for any characters of one name, ``**`` for any folders. A rainy image belongs to the clean image with the same
values of all placeholders that the clean pattern has, so one clean image can have many rainy ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError
from nlcl_bench.data.folders import Finding, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Layout", "Paired", "Pattern", "pair_up"]

_TOKEN = re.compile(r"\*|\{(?P<word>[a-z_]+)(?::(?P<kind>[a-z]+))?\}|[^*{}]")

# Names may be chosen by a stranger so that a pattern takes long: with three open places in 255 letters it does not, and
# what one folder's name was split into is not tried in other ways for the sake of those below it.
_MOST_OPEN, _MOST_DEEP = 3, 2


class Pattern:
    """A compiled pattern.

    >>> Pattern("rain/{id:number}_*.png").match("rain/007_x.png")
    {'id': '7'}
    >>> Pattern("**/{id}.png").match("a/b/street.png")
    {'id': 'street'}

    Args:
        text: The pattern.

    Raises:
        InputError: It is not of this form.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._numbers: set[str] = set()
        self.words: set[str] = set()
        *folders, last = text.split("/")
        if not last or "" in folders or folders.count("**") > _MOST_DEEP:
            raise self._refused()
        parts = ["(?:[^/]+/)*" if folder == "**" else f"{self._segment(folder)}/" for folder in folders]
        self._expression = re.compile("".join((*parts, self._segment(last))))

    def _segment(self, text: str) -> str:
        """Return the expression of one name of a path; it is an atomic group."""
        tokens = list(_TOKEN.finditer(text))
        places = sum(token[0] == "*" or token["word"] is not None for token in tokens)
        if "".join(token[0] for token in tokens) != text or places > _MOST_OPEN:
            raise self._refused()
        return f"(?>{''.join(map(self._part, tokens))}(?=/|\\Z))"

    def _part(self, token: re.Match[str]) -> str:
        word, kind = token["word"], token["kind"]
        if word is None:
            return "[^/]*" if token[0] == "*" else re.escape(token[0])
        if kind not in {None, "number"}:
            raise self._refused()
        if word in self.words:
            return f"(?P={word})"
        self.words.add(word)
        if kind == "number":
            self._numbers.add(word)
        return f"(?P<{word}>{'[0-9]+' if kind == 'number' else '[^/]+?'})"

    def _refused(self) -> InputError:
        return InputError(
            "is no pattern",
            where=self.text,
            fix="use names, /, **/, and in each name up to three of *, {word} and {word:number}",
        )

    def match(self, name: str) -> dict[str, str] | None:
        """Return the values of the placeholders if a whole name fits, else None."""
        found = self._expression.fullmatch(name)
        if found is None:
            return None
        return {
            word: value.lstrip("0") or "0" if word in self._numbers else value
            for word, value in found.groupdict().items()
        }


@dataclass(frozen=True, slots=True)
class Layout:
    """A pattern of rainy images and that of their clean ones, if they have some."""

    rainy: Pattern
    clean: Pattern | None


@dataclass(frozen=True, slots=True)
class Paired:
    """A rainy image with its clean one.

    Attributes:
        rainy: Its name.
        clean: The clean image's.
        layout: The number of the layout that it fits.
        words: The values of the rainy pattern's placeholders.
    """

    rainy: str
    clean: str | None
    layout: int
    words: dict[str, str]


def pair_up(names: Iterable[str], layouts: Sequence[Layout]) -> tuple[list[Paired], list[Finding]]:
    """Find the pairs among some names.

    Args:
        names: Names of files.
        layouts: What is looked for; a rainy image belongs to the first that it fits. One of which there is no clean
            image is passed over, unless that is so of all.

    Returns:
        The pairs, sorted by their rainy name, and what stands in the way: rainy images without a clean one, clean
        images without a rainy one, and clean images of which several fit.
    """
    names = sorted(names)
    findings: set[Finding] = set()
    twins = [_clean_ones(names, layout.clean, findings) for layout in layouts]
    there = [number for number, layout in enumerate(layouts) if layout.clean is None or twins[number]]
    tried = there or range(len(layouts))
    pairs: list[Paired] = []
    for name in names:
        found = _first_that_fits(name, layouts, tried)
        if found is None:
            continue
        number, words = found
        clean = layouts[number].clean
        twin = None if clean is None else twins[number].get(_key(words, clean))
        if clean is not None and twin in {None, name}:
            findings.add(Finding(name, "has no clean image"))
        else:
            pairs.append(Paired(name, twin, number, words))
    used = {name for pair in pairs for name in (pair.rainy, pair.clean)}
    without = {name for found_ones in twins for name in found_ones.values()} - used - {one.file for one in findings}
    return pairs, sorted(findings | {Finding(name, "has no rainy image") for name in without})


def _clean_ones(names: Sequence[str], clean: Pattern | None, findings: set[Finding]) -> dict[tuple[str, ...], str]:
    """Return the clean images of a layout by the values of their placeholders."""
    found: dict[tuple[str, ...], str] = {}
    if clean is None:
        return found
    for name in names:
        words = clean.match(name)
        if words is None:
            continue
        first = found.setdefault(_key(words, clean), name)
        if first != name:
            findings.add(Finding(name, f"is the clean image of the same rainy ones as {printable(first)}"))
    return found


def _first_that_fits(name: str, layouts: Sequence[Layout], tried: Iterable[int]) -> tuple[int, dict[str, str]] | None:
    for number in tried:
        words = layouts[number].rainy.match(name)
        if words is not None:
            return number, words
    return None


def _key(words: dict[str, str], clean: Pattern) -> tuple[str, ...]:
    return tuple(words[word] for word in sorted(clean.words))
