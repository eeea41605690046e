"""What a reader must know of a board before its numbers: what ranks, what is missing, and where a control wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaderboard.wording import clean_finding, missing_everywhere
from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import benchmark_name, partly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.rank import Cell, Ranking, Row
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["findings"]

_FEW_SCENES = 20  # below, the percentile bootstrap covers the true mean of normal scores in under 92 % of cases


def findings(ranking: Ranking, boards: Sequence[Ranking]) -> list[str]:
    """Return sentences on a board; ``boards`` are all of the site."""
    return [*_limited(ranking, boards), *_rank_findings(ranking), *_beaten(ranking), *_clean(ranking)]


def _cell(row: Row, metric: str) -> Cell:
    return next(cell for cell in row.cells if cell.metric == metric)


def _titles(ranking: Ranking, ids: Sequence[str]) -> str:
    ranked = [metric for metric in ranking.metrics if metric.id in ids and metric.id in ranking.ranked_on]
    return ", ".join(plain(metric.title, 40) for metric in ranked or ranking.metrics if metric.id in ids)


def _limited(ranking: Ranking, boards: Sequence[Ranking]) -> list[str]:
    """Say so if these are not all images of the split, or another board of this page shows it with more."""
    name, images, whole = benchmark_name(ranking.benchmark), ranking.benchmark.images, ranking.benchmark.first_of
    if whole is not None:
        return [f"Only the first {images:,} of {whole:,} images: nothing here is a result on the whole split."]
    most = max(board.benchmark.images for board in boards if benchmark_name(board.benchmark) == name)
    return [f"Only {images:,} images: another board of this split has {most:,}."] if images < most else []


def _rank_findings(ranking: Ranking) -> list[str]:
    """Say what the rank is made of, or why there is none."""
    found = []
    if ranking.ranked_on:
        found.append(_headline(ranking))
    elif all(row.gates for row in ranking.rows):
        found.append("No rank is given: every row is a control or fails a gate.")
    elif not ranking.left_out:
        found.append("No rank is given: none of these metrics is admitted to ranking; they are shown only.")
    else:
        found.append("No rank is given: no metric that ranks was measured for every row.")
    if ranking.left_out and not all(row.gates for row in ranking.rows):
        found.append(f"Left out of the rank, because some row lacks it: {_titles(ranking, ranking.left_out)}.")
    if missing_everywhere(ranking):
        found.append(f"No run could measure {_and(missing_everywhere(ranking))}; run.json says why.")
    if ranking.identity is None:
        found.append("Nobody sent a run of identity, the control that does nothing: changes cannot be shown.")
    elif ranking.scenes < 2:  # noqa: PLR2004 (one scene gives no spread)
        found.append("All images show one scene: how far the changes can be trusted cannot be told.")
    elif ranking.scenes < _FEW_SCENES:
        found.append(f"Only {ranking.scenes} scenes: intervals from so few are too narrow; take them as a hint.")
    return found


def _headline(ranking: Ranking) -> str:
    families = {
        family: _titles(ranking, [metric.id for metric in ranking.metrics if metric.family == family])
        for family in ranking.headline
    }
    if ranking.headline == ("reference",):
        return (
            f"The truth is known here, and it alone ranks: {families['reference']}. The other columns are shown only."
        )
    kinds = "; ".join(f"{family} ({titles})" for family, titles in families.items())
    if len(families) == 1:
        return f"The rank is made of one family alone, {kinds}: it is no verdict on derainers."
    return f"The truth is not known here. The rank is the mean over {len(families)} families: {kinds}."


def _beaten(ranking: Ranking) -> list[str]:
    """Name the columns under which a control scores better than every method: such a column cannot be read alone."""
    titles: dict[str, list[str]] = {}
    for metric in ranking.metrics:
        methods = [row for row in ranking.rows if not row.gates and _cell(row, metric.id).mean is not None]
        kept = metric.family == "content kept"  # there doing nothing is best, whatever a method does
        if metric.role == "guard" or kept or not methods:
            continue
        best = min(_badness(row, metric) for row in methods)
        for row in ranking.rows:
            control = row.result.method.supervision == "control"
            whole = not partly(_cell(row, metric.id).n, ranking.benchmark)
            if control and whole and _badness(row, metric) < best:
                titles.setdefault(row.label, []).append(plain(metric.title, 40))
    return [_beaten_by(label, names, ranking) for label, names in titles.items()]


def _beaten_by(label: str, titles: Sequence[str], ranking: Ranking) -> str:
    if label == ranking.identity:
        return f"No method that could be ranked has a better mean than doing nothing under {_and(titles)}."
    beaten = f"The control {label} scores better than every method that could be ranked under {_and(titles)}"
    return f"{beaten}: such a score is no proof that rain was removed."


def _clean(ranking: Ranking) -> list[str]:
    return [clean_finding(ranking.clean)] if ranking.clean else []


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _badness(row: Row, metric: MetricEntry) -> float:
    mean = _cell(row, metric.id).mean
    if mean is None:
        return float("inf")
    return mean if metric.better == "lower" else -mean
