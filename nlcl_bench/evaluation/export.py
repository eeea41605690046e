"""Tables as data: the same numbers in JSON and CSV, with nine digits and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from nlcl_bench.core.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nlcl_bench.evaluation.changes import Change

__all__ = ["change_data", "csv_text", "short", "spreadsheet_text"]


def change_data(change: Change) -> dict[str, Any]:
    """Return a change as JSON takes it; without an interval there is no verdict either."""
    found = change.interval
    return {
        "mean": short(change.mean),
        "low": short(found.low) if found else None,
        "high": short(found.high) if found else None,
        "standard_error": short(found.error) if found else None,
        "p": short(change.p),
        "n": change.n,
        "scenes": change.scenes,
        "verdict": change.verdict if found else None,
    }


def csv_text(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return rows of equal keys as CSV with a header; nothing for no rows."""
    text = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for line in lines:
        if writer is None:
            writer = csv.DictWriter(text, list(line), lineterminator="\n")
            writer.writeheader()
        writer.writerow(line)
    return text.getvalue()


def short(value: float | None) -> float | None:
    """Round to nine significant digits: what is beyond differs between machines."""
    return None if value is None else float(f"{value:.9g}")


def spreadsheet_text(text: str) -> str:
    """Return free text that no spreadsheet takes for a formula.

    >>> spreadsheet_text("=1+1")
    "'=1+1"
    """
    line = plain(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
