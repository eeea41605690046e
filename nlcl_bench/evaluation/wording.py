"""Numbers and verdicts in words and signs: one way of writing them for terminal, Markdown and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.plain import plain

if TYPE_CHECKING:
    from nlcl_bench.evaluation.changes import Change
    from nlcl_bench.evaluation.run import BenchmarkEntry, MetricEntry

__all__ = [
    "ABSENT",
    "ARROWS",
    "SIGNS",
    "benchmark_name",
    "changed",
    "heading",
    "interval",
    "number",
    "over",
    "partly",
    "places_for",
]

SIGNS = {"better": "✓", "worse": "✗", "unclear": "≈"}
"""What stands beside a change: its interval lies on the good side of zero, on the bad side, or holds zero."""

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"

ARROWS = {"lower": "↓", "higher": "↑"}
"""Where better lies."""


def places_for(size: float) -> int:
    """Return the decimals for numbers up to a size.

    >>> [places_for(size) for size in (0.91, 1.0, 4.3, 32.7, 140.0)]
    [4, 4, 2, 2, 1]
    """
    if size <= 1:
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


def benchmark_name(benchmark: BenchmarkEntry) -> str:
    """Write which photographs were restored: name, config and split, and the revision unless it is local."""
    parts = [benchmark.name, benchmark.config, benchmark.split]
    if benchmark.first_of is not None:
        parts.append(f"first {benchmark.images:,} of {benchmark.first_of:,} images")
    return " / ".join(parts if benchmark.revision == "local" else [*parts, plain(benchmark.revision, 40)])


def partly(n: int, benchmark: BenchmarkEntry) -> str:
    """Say over how many images a number was taken if those are not all: it must not pass for one over all."""
    return f"{n:,} of {benchmark.images:,} images" if n < benchmark.images else ""


def over(text: str, n: int, benchmark: BenchmarkEntry) -> str:
    """Write over how many images a number was taken beside it, if those are not all: ``4.10 [2 of 3 images]``."""
    few = partly(n, benchmark)
    return f"{text} [{few}]" if few else text


def heading(metric: MetricEntry) -> str:
    """Write a column's title with the arrow that shows where better lies; a guard has no better."""
    arrow = "" if metric.role == "guard" else f" {ARROWS[metric.better]}"
    return f"{plain(metric.title, 40)}{arrow}"
