"""Numbers and verdicts in words and signs: one way of writing them for terminal, Markdown and page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaderboard.plain import plain

if TYPE_CHECKING:
    from leaderboard.changes import Change
    from leaderboard.rank import Ranking, Row
    from nlcl_bench.evaluation.run import BenchmarkEntry, MetricEntry

__all__ = [
    "ABSENT",
    "ARROWS",
    "SIGNS",
    "benchmark_name",
    "changed",
    "decimals",
    "heading",
    "interval",
    "missing_everywhere",
    "number",
    "remarks",
]

SIGNS = {"better": "✓", "worse": "✗", "unclear": "≈"}
"""What stands beside a change: its interval lies on the good side of zero, on the bad side, or holds zero."""

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"

ARROWS = {"lower": "↓", "higher": "↑"}
"""Where better lies."""


def decimals(ranking: Ranking) -> dict[str, int]:
    """Return for each metric id how many decimals its numbers need, by its largest mean."""
    largest = {
        metric.id: max((abs(row.cells[place].mean or 0.0) for row in ranking.rows), default=0.0)
        for place, metric in enumerate(ranking.metrics)
    }
    return {name: _places(size) for name, size in largest.items()}


def _places(size: float) -> int:
    """Return the decimals for numbers up to a size.

    >>> [_places(size) for size in (0.91, 4.3, 32.7, 140.0)]
    [4, 2, 2, 1]
    """
    if size < 1:
        return 4
    return 2 if size < 100 else 1  # noqa: PLR2004 (from three digits on, hundredths are noise)


def number(value: float, places: int, *, signed: bool = False) -> str:
    """Write a number with a true minus sign; a change always carries its sign.

    >>> number(-0.61, 2) == MINUS + "0.61"
    True
    >>> number(0.104, 2, signed=True), number(-0.001, 2, signed=True)
    ('+0.10', '0.00')
    """
    text = f"{value:{'+' if signed else ''}.{places}f}"
    if not any(sign in "123456789" for sign in text):
        return text.lstrip("+-")
    return text.replace("-", MINUS)


def interval(change: Change, places: int) -> str:
    """Write the interval of a change, or say that there is none."""
    if change.interval is None:
        return "no interval"
    low, high = change.interval.low, change.interval.high
    return f"[{number(low, places, signed=True)}, {number(high, places, signed=True)}]"


def changed(change: Change, places: int) -> str:
    """Write a change with its interval and the sign of its verdict: ``+0.61 [+0.10, +1.28] ✗``."""
    sign = f" {SIGNS[change.verdict]}" if change.interval else ""
    return f"{number(change.mean, places, signed=True)} {interval(change, places)}{sign}"


def heading(metric: MetricEntry) -> str:
    """Write a column's title with the arrow that shows where better lies; a guard has no better."""
    arrow = "" if metric.role == "guard" else f" {ARROWS[metric.better]}"
    return f"{plain(metric.title, 40)}{arrow}"


def benchmark_name(benchmark: BenchmarkEntry) -> str:
    """Write which photographs were restored: name, config and split, and the revision unless it is local."""
    parts = [benchmark.name, benchmark.config, benchmark.split]
    return " / ".join(parts if benchmark.revision == "local" else [*parts, plain(benchmark.revision, 40)])


def remarks(row: Row, ranking: Ranking) -> list[str]:
    """Return what a reader must know of a row: why it is gated, and what its training saw."""
    method = row.result.method
    found = [plain(gate.reason) for gate in row.gates if gate.name != "control"]
    if method.trained_with_iqa:
        found.append("a quality metric was its training reward")
    if method.trained_with_iqa is None:
        found.append("not stated whether a quality metric was its training reward")
    if ranking.benchmark.name in method.trained_on:
        found.append("trained on this benchmark")
    own = [missing for missing in row.result.missing_metrics if missing.name not in missing_everywhere(ranking)]
    return found + [f"{missing.name} is missing: {plain(missing.reason, 120)}" for missing in own]


def missing_everywhere(ranking: Ranking) -> list[str]:
    """Return the names of the metrics that every run wanted and none could measure."""
    names = [{missing.name for missing in row.result.missing_metrics} for row in ranking.rows]
    return sorted(set.intersection(*names))
