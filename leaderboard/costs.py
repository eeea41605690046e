"""What the rows of a board cost, worded for page and Markdown: as measured on one machine, which is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.rank import Ranking, Row
    from nlcl_bench.evaluation.costs import CostEntry, Costs
    from nlcl_bench.evaluation.run import MethodEntry

__all__ = ["COLUMNS", "CostLine", "CostTable", "cost_table"]

COLUMNS = ("Method", "Parameters", "GMACs", "Seconds per megapixel", "Peak MB")


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one row of the board costs, in words."""

    label: str
    numbers: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class CostTable:
    """What the rows of one board cost.

    Attributes:
        measured: On which machine, with what.
        lines: One per row of the board, in its order.
    """

    measured: str
    lines: Sequence[CostLine]


def cost_table(ranking: Ranking, costs: Costs | None) -> CostTable | None:
    """Return what the rows of a board cost; None if no row of it was measured."""
    if costs is None:
        return None
    found = [(row, _entry(row, costs)) for row in ranking.rows]
    if all(entry is None for _, entry in found):
        return None
    return CostTable(_measured(costs), [CostLine(row.label, _numbers(row, entry)) for row, entry in found])


def _entry(row: Row, costs: Costs) -> CostEntry | None:
    return next((entry for entry in costs.methods if entry.is_of(row.result.method)), None)


def _numbers(row: Row, entry: CostEntry | None) -> tuple[str, str, str, str]:
    """Word what is known; without a measurement that is what the method says of itself."""
    said: MethodEntry | CostEntry = row.result.method if entry is None else entry
    return (
        ABSENT if said.parameters is None else f"{said.parameters:,}",
        ABSENT if said.gmacs is None else f"{said.gmacs:.4g}",
        ABSENT if entry is None else f"{entry.seconds:.3g}",
        ABSENT if entry is None else f"{entry.megabytes:,.0f}",
    )


def _measured(costs: Costs) -> str:
    on = costs.environment
    threads = {None: "", 1: ", one thread"}.get(costs.threads, f", {costs.threads} threads")
    where = plain(on.processor, 80) if costs.threads else plain(on.device, 80)
    return (
        f"Seconds and memory were measured on {where}{threads}, with an image of {costs.megapixels:g} megapixels; "
        "GMACs are for 256 x 256 pixels."
    )
