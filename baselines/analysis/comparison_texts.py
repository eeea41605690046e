"""A comparison of losses as a table for the terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import statistics
from typing import TYPE_CHECKING

from baselines.analysis.comparison import MEASURES, Compared, LossesReport

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["as_csv", "as_json", "terminal"]

_TITLES = {
    "psnr_y": "PSNR-Y of pairs, dB",
    "ssim": "SSIM of pairs",
    "change_clean": "change of clean photographs, grey levels",
    "change_rainy": "change of rainy photographs, grey levels",
}


def terminal(report: LossesReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the columns' titles and the rows of a table."""
    measured = _measured(report)
    columns = ("method", *(_TITLES[name] for name in measured), "seconds per step", "peak MiB")
    rows = []
    for row in report.rows:
        means = [row.scores[name] for name in measured]
        cells = [
            f"{one.mean:.3f}" if one.low is None else f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in means
        ]
        rows.append((row.name, *cells, *_cost(row)))
    return columns, rows


def as_csv(report: LossesReport) -> str:
    """Return a line per method: each mean and the ends of its 95 % interval, seconds per step, peak memory in MiB."""
    measured = _measured(report)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    ends = [f"{name}{end}" for name in measured for end in ("", "_low", "_high")]
    writer.writerow(["method", *ends, "seconds_per_step", "peak_mib"])
    for row in report.rows:
        means = [row.scores[name] for name in measured]
        values = [value for one in means for value in (one.mean, one.low, one.high)]
        writer.writerow([row.name, *("" if value is None else value for value in values), *_cost(row)])
    return stream.getvalue()


def as_json(report: LossesReport) -> str:
    """Return everything."""
    return report.model_dump_json(indent=2) + "\n"


def _measured(report: LossesReport) -> list[str]:
    return [name for name in MEASURES if name in report.rows[0].scores]


def _cost(row: Compared) -> Iterator[str]:
    """Yield the median seconds per step over seeds, and the most memory of any of them."""
    yield f"{statistics.median(one.seconds for one in row.costs):.4f}" if row.costs else ""
    peaks = [one.megabytes for one in row.costs if one.megabytes is not None]
    yield f"{max(peaks):.1f}" if peaks else ""
