"""The card of an imported set: whose images these are, on which terms, and how to load them from this folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlcl_bench.data.importing.template import Template
    from nlcl_bench.data.layout import Part

__all__ = ["card"]

_WHAT = (
    "This folder was made by `nlcl-bench data import` from a copy of the set on this machine, for use on it. The images"
    " belong to others; the import gives no right to pass them on, and `nlcl-bench publish` refuses it."
)
_TRIED = {True: "tried on the set itself", False: "not tried on the whole set"}

_MARKUP = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]{}#|~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def card(parts: Sequence[Part], template: Template, left_out: int) -> str:
    """Return the README of an import: YAML that ``datasets.load_dataset`` reads, then words.

    Args:
        parts: What the folder holds.
        template: What is known of the set.
        left_out: How many files were left out.
    """
    rows = [f"| {part.config} | {part.split} | {len(part.rows)} |" for part in parts]
    lines = [
        "---",
        f"pretty_name: {json.dumps(_one_line(template.title))}",
        *_configs(parts),
        "---",
        "",
        f"# {_plain(template.title)}, imported",
        "",
        _WHAT,
        "",
        f"- **Authors:** {_plain(template.author)}",
        f"- **Where people get it:** {_plain(template.source)}",
        f"- **Licence:** {_plain(template.licence)}. {_plain(template.terms)}",
        *([f"- **Clean images:** {_plain(template.estimate)}"] if template.estimate else []),
        f"- **Layout:** {_TRIED[template.verified]}: {_plain(template.verified_on)}",
        f"- **Left out:** {left_out} files that could not be used",
        "",
        "| config | split | images |",
        "|---|---|---:|",
        *rows,
        "",
        *(["```bibtex", template.citation.replace("`", "'").strip(), "```", ""] if template.citation.strip() else []),
    ]
    return "\n".join(lines)


def _configs(parts: Sequence[Part]) -> list[str]:
    lines = ["configs:"]
    last = parts[-1].config
    for config in dict.fromkeys(part.config for part in parts):
        lines.append(f"- config_name: {config}")
        lines += ["  default: true"] if config == last else []
        lines.append("  data_files:")
        for part in parts:
            if part.config == config:
                lines += [f"  - split: {part.split}", f"    path: {config}/{part.split}-*"]
    return lines


def _plain(text: str) -> str:
    r"""Return text on one line that Markdown shows as it is.

    >>> _plain("<b>a_b\n")
    '&lt;b&gt;a\\_b'
    """
    return _one_line(text).translate(_MARKUP)


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
