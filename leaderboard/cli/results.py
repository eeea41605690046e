"""``nlcl-bench leaderboard results``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["results"]


def results(
    runs: Annotated[list[Path], typer.Argument(help="Folders of run folders on one data set.")],
    method: Annotated[str, typer.Option(help="The row whose results are wanted.")],
    dataset: Annotated[str, typer.Option(metavar="ORG/NAME", help="The data set on the Hub.")],
    into: Annotated[Path, typer.Option(help="The folder of the model's repository.")],
    address: Annotated[str | None, typer.Option(help="Where the board is, to be named as the source.")] = None,
) -> None:
    """Write a method's results for its model repository on the Hub: .eval_results/BENCHMARK.yaml.

    \b
    Examples:
      nlcl-bench leaderboard results runs --method mine --dataset ORG/street-rain --into my-model/
    """
    from leaderboard.agreement import agree, by_benchmark
    from leaderboard.attacks import parted
    from leaderboard.rank import rank
    from leaderboard.results import result_file
    from leaderboard.site.paths import folders
    from nlcl_bench.core.files import make_folder, write_texts
    from nlcl_bench.evaluation.intake import read_all

    found, refusals = read_all(runs, track=console.track)
    for refusal in refusals:
        console.warn(f"refused {refusal}")
    groups = [agree(group)[0] for group in by_benchmark(parted(found)[0])]
    rankings = [rank(group, groups) for group in groups if any(run.result.label == method for run in group)]
    texts = {
        f"{name}.yaml": result_file(ranking, method, dataset, address=address)
        for name, ranking in zip(folders(rankings), rankings, strict=True)
    }
    if not texts:
        raise typer.BadParameter("no run folder has this label", param_hint="--method")
    place = make_folder(into / ".eval_results")
    write_texts(texts, place)
    for name in texts:
        console.say(f"written: {place / name}")
