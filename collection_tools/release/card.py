"""The dataset card and the attribution list: numbers from the records, words from the templates.

Names come from strangers: in YAML they stand as JSON strings, in Markdown every sign that could be markup is
escaped, and control characters are gone from both.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from collection_tools.release.licences import hub_licence, licence_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlcl_bench.data.layout import Part
    from nlcl_bench.data.record import Record

__all__ = ["attribution", "card"]

_MARKUP = re.compile(r"([\\`*_{}\[\]#|~$])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def plain(text: str) -> str:
    r"""Return text on one line, without control characters.

    >>> plain("two\nlines\x00")
    'two lines'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def markdown(text: str) -> str:
    r"""Return text that Markdown shows as it is.

    >>> markdown("<b>Ada</b> *")
    '&lt;b&gt;Ada&lt;/b&gt; \\*'
    """
    return _MARKUP.sub(r"\\\1", plain(text)).translate(_HTML)


def yaml(text: str) -> str:
    r"""Return text as a YAML string.

    >>> yaml('a: "b"')
    '"a: \\"b\\""'
    """
    return json.dumps(plain(text), ensure_ascii=False)


def _render(template: str, values: dict[str, Any]) -> str:
    environment = Environment(  # noqa: S701 (Markdown, not HTML: every stranger's text goes through the filters)
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters.update(md=markdown, yaml=yaml)
    text = (files("dataset_cards") / template).read_text(encoding="utf-8")
    return environment.from_string(text).render(values)


def card(
    parts: Sequence[Part], records: Sequence[Record], *, name: str, title: str, contact: str | None, faces: bool
) -> str:
    """Return the README of a release; ``faces`` says whether faces were looked for."""
    licence, licence_name = hub_licence(records)
    configs = {config: [part for part in parts if part.config == config] for config in _ordered(parts)}
    return _render(
        "README.md.jinja",
        {
            "name": name,
            "title": title,
            "contact": contact,
            "licence": licence,
            "licence_name": licence_name,
            "licences": licence_counts(records),
            "size_category": size_category(len(records)),
            "configs": configs,
            "first": parts[0],
            "images": len(records),
            "scenes": len({record.scene_id for record in records}),
            "splits": [
                (part.config, part.split, len(part.rows), len({row.record.scene_id for row in part.rows}))
                for part in parts
            ],
            "cameras": _cameras(records),
            "authors": len({record.rights.author for record in records}),
            "consents": sorted({record.rights.consent for record in records if record.rights.consent}),
            "years": _years(records),
            "faces": faces,
            **_counts(records),
            "sides": (
                min(min(record.width, record.height) for record in records),
                max(max(record.width, record.height) for record in records),
            ),
        },
    )


def _counts(records: Sequence[Record]) -> dict[str, int]:
    return {
        "converted": sum(record.converted is not None for record in records),
        "stills": sum(record.frame is not None for record in records),
        "estimates": sum(record.estimate is not None for record in records),
        "hidden": sum(bool(record.blurred) for record in records),
        "reviewed": sum(record.reviewed for record in records),
    }


def _ordered(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(part.config for part in parts))


def size_category(images: int) -> str:
    """Return the Hub's word for a number of images.

    >>> size_category(999), size_category(1000), size_category(2_000_000)
    ('n<1K', '1K<n<10K', '1M<n<10M')
    """
    limits = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((word for limit, word in limits if images < limit), "1M<n<10M")


def _cameras(records: Sequence[Record]) -> list[tuple[str, int]]:
    names = Counter(record.capture.camera or "not recorded" for record in records)
    return sorted(names.items(), key=lambda item: (-item[1], item[0]))


def _years(records: Sequence[Record]) -> tuple[str, str] | None:
    years = [record.capture.taken_at[:4] for record in records if record.capture.taken_at]
    return (min(years), max(years)) if years else None


def attribution(records: Sequence[Record], *, title: str) -> str:
    """Return LICENSE.md: the terms and the author of every image."""
    return _render("LICENSE.md.jinja", {"title": title, "records": records, "licences": licence_counts(records)})
