"""The dataset card: numbers from the records, words from the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.release.facts import biases
from collection_tools.release.front import as_yaml
from collection_tools.release.seal import sealed
from collection_tools.release.words import plain, render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from collection_tools.release.about import Named
    from collection_tools.release.facts import Facts
    from collection_tools.release.versions import Version
    from nlcl_bench.data.layout import Part
    from nlcl_bench.data.record import Record

__all__ = ["card"]


def card(
    front: Mapping[str, Any],
    parts: Sequence[Part],
    known: Facts,
    said: Named,
    shown: Sequence[Record],
    versions: Sequence[Version],
) -> str:
    """Return the README of a release.

    Args:
        front: Its front matter.
        parts: What the release holds.
        known: What the records say together.
        said: How it is called, where it will lie, whom to ask.
        shown: The samples, in the order of the strip.
        versions: All versions up to this one.
    """
    body = render(
        "README.md.jinja",
        {
            "said": said,
            "known": known,
            "biases": biases(known),
            "configs": list(dict.fromkeys(part.config for part in parts)),
            "first": [part for part in parts if part.config == parts[0].config][-1],  # the test split, if there is one
            "splits": [
                (part.config, part.split, len(part.rows), len({row.record.scene_id for row in part.rows}))
                for part in parts
            ],
            "shown": shown,
            "versions": versions[::-1],
            "key": _key(said),
            "bibtex_title": _braced(said.title),
        },
    )
    return sealed(f"---\n{as_yaml(front)}---\n\n{body}")


def _key(said: Named) -> str:
    return said.name.replace(".", "-")


def _braced(title: str) -> str:
    r"""Return a title as BibTeX takes it, inside a block of code, without signs of markup that it does not need.

    >>> _braced("50 % rain_free {or} so")
    '50 \\% rain\\_free or so'
    """
    kept = "".join(sign for sign in plain(title) if sign not in "{}[]<>|\\`")
    return "".join(f"\\{sign}" if sign in "%&#_$" else sign for sign in kept)
