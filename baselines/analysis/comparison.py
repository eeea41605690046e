"""Which loss is worth what: every method with the same generator, photographs, budget and seeds, on the same pictures.

Only what a method weighs and compares differs: the fields of a recipe in ``OF_A_LOSS`` come from its own preset, all
others from the one that is given. Outputs are written as an evaluation writes them (protocol P1) and read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from baselines.analysis.bootstrap import Mean, mean_of
from baselines.analysis.costs import Cost, Meter
from baselines.analysis.pictures import Picture, Pictures, pairs_in, photographs_of
from baselines.analysis.trainings import judged_each
from baselines.nlcl.config import LOSSES, UNPAIRED, Config, read_config
from baselines.nlcl.derainer import load
from baselines.nlcl.spec import NLCL
from nlcl_bench.core.errors import InputError, UnknownNameError
from nlcl_bench.core.files import make_folder
from nlcl_bench.core.images import decode, read_file, to_tensor
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.record import Row, first_problem
from nlcl_bench.evaluation.protocol import read_output
from nlcl_bench.evaluation.restore import restore
from nlcl_bench.metrics.change import CHANGE
from nlcl_bench.metrics.reference import PSNR_Y, SSIM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import torch

    from baselines.nlcl.train import Trained
    from nlcl_bench.metrics.spec import Metric

__all__ = ["MEASURES", "METHODS", "UNTOUCHED", "Compared", "LossesReport", "compare_losses", "recipes"]

METHODS = ("nlcl", "rendered", *UNPAIRED)
"""What can be compared."""

UNTOUCHED = "untouched"
"""The row of the pictures as they are, beside which every other stands."""

OF_A_LOSS = ("losses", *sorted(set().union(*LOSSES.values())), "pool", "mirrored")
"""The fields of a recipe that come from a method's own preset."""

MEASURES = {
    "psnr_y": ("pairs", PSNR_Y),
    "ssim": ("pairs", SSIM),
    "change_clean": ("clean", CHANGE),
    "change_rainy": ("rainy", CHANGE),
}
"""What is measured, on which pictures and by which metric."""


class Compared(Row):
    """How one method does.

    Attributes:
        name: Of the method, or ``untouched``.
        scores: Each of ``MEASURES``, a mean over pictures and seeds.
        costs: Of each seed's training, as far as they are known.
    """

    name: str
    scores: dict[str, Mean]
    costs: tuple[Cost, ...]


class LossesReport(Row):
    """All that was measured.

    Attributes:
        config: The recipe that all share but for its losses.
        seeds: Of the trainings.
        pictures: Names of those that were judged on, by what they show.
        skipped: Those that could not be used, and why.
        rows: One per method, the untouched pictures first.
    """

    config: Config
    seeds: tuple[int, ...]
    pictures: dict[str, tuple[str, ...]]
    skipped: tuple[str, ...]
    rows: tuple[Compared, ...]


def recipes(config: Config, methods: Sequence[str]) -> dict[str, Config]:
    """Return the recipe of each method: the given one with the method's own losses.

    ``rendered`` is the control that learns from rendered rain alone, all the time.

    Args:
        config: The recipe that all share.
        methods: Some of ``METHODS``.

    Raises:
        UnknownNameError: There is no such method.
        InputError: A method cannot learn by this recipe.

    >>> from baselines.nlcl.config import read_config
    >>> found = recipes(read_config("nlcl"), ["cut", "rendered"])
    >>> [(one.losses, one.patch_contrast, one.learning_rate, one.warm_up) for one in found.values()]
    [('cut', 1.0, 0.001, 0.85), ('nlcl', 0.0, 0.001, 1.0)]
    """
    return {method: _recipe(config, method) for method in methods}


def _recipe(config: Config, method: str) -> Config:
    if method not in METHODS:
        raise UnknownNameError("cannot be compared", where=method, fix=f"there is: {', '.join(METHODS)}")
    own = read_config(method)
    values = config.model_dump() | {name: getattr(own, name) for name in OF_A_LOSS}
    if method == "rendered":
        values |= {"warm_up": 1.0, "rendered": own.rendered}
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        fix = "choose another recipe with --config, or leave the method out"
        raise InputError(first_problem(error).removeprefix(": "), where=method, fix=fix) from error


def compare_losses(
    config: Config,
    methods: Sequence[str],
    photographs: Callable[[], Mapping[str, Iterable[tuple[str, bytes]]]],
    folders: Mapping[str, Path],
    into: Path,
    *,
    seeds: int,
    limit: int,
    device: torch.device,
    track: Track = silent,
) -> LossesReport:
    """Train every method with every seed, restore the same pictures with each, and measure.

    Args:
        config: The recipe that all share; its seed is the first.
        methods: Some of ``METHODS``.
        photographs: Gives names and bytes of ``rainy`` and ``clean`` photographs to train on, anew at each call.
        folders: Of the ``pairs``, ``clean`` and ``rainy`` pictures to judge on.
        into: Folder of ``trainings/``, those that are done are not done again, and of ``restored/``.
        seeds: How many trainings of each method.
        limit: Pictures of a folder, at most.
        device: Where networks are trained and used.
        track: Shows progress.

    Raises:
        InputError: Photographs cannot be used, a folder holds another training, or a method cannot learn so.
        UnknownNameError: There is no such method.
        RunError: A loss is no finite number any more.
        ContractError: A network gives values that are no finite numbers.
        StorageError: The folder cannot be written.
    """
    chosen = recipes(config, methods)
    pictures = {
        kind: (pairs_in if kind == "pairs" else photographs_of)(folder, limit) for kind, folder in folders.items()
    }
    numbers = tuple(range(config.seed, config.seed + seeds))
    meter = Meter(device, track)
    costs: dict[str, Cost | None] = {}

    def judge(name: str, trained: Trained) -> dict[str, list[float]]:
        costs[name] = meter.cost(trained.weights.parent)
        outputs = _restored(trained, pictures, into / "restored" / name, device, track)
        return _measured(pictures, outputs)

    scores = {UNTOUCHED: {name: np.asarray(values) for name, values in _measured(pictures, {}).items()}}
    scores |= judged_each(chosen, photographs, judge, into, seeds=numbers, device=device, track=meter)
    return LossesReport(
        config=config,
        seeds=numbers,
        pictures={kind: tuple(one.name for one in found.usable) for kind, found in pictures.items()},
        skipped=tuple(line for found in pictures.values() for line in found.skipped),
        rows=tuple(
            Compared(
                name=name,
                scores={key: mean_of(one, draws=_DRAWS, seed=config.seed) for key, one in values.items()},
                costs=tuple(one for seed in numbers if (one := costs.get(f"{name}-{seed}")) is not None),
            )
            for name, values in scores.items()
        ),
    )


_DRAWS = 2000


def _restored(
    trained: Trained, pictures: Mapping[str, Pictures], into: Path, device: torch.device, track: Track
) -> dict[Path, Path]:
    """Restore every picture and return the files of the outputs, by those of the inputs."""
    derainer = load(device, trained.weights, trained.checkpoint.method)
    every = [(kind, one) for kind, found in pictures.items() for one in found.usable]
    outputs: dict[Path, Path] = {}
    for kind, picture in track(every, what=f"restore with {trained.checkpoint.method}", total=len(every)):
        output = (into / kind / picture.name).with_suffix(".png")
        make_folder(output.parent)
        restore(derainer, NLCL, decode(read_file(picture.file), where=picture.name), output, device=device)
        outputs[picture.file] = output
    return outputs


def _measured(pictures: Mapping[str, Pictures], outputs: Mapping[Path, Path]) -> dict[str, list[float]]:
    """Return each measure, picture by picture; a picture without an output is measured as it is."""
    metrics = {name: (kind, spec.load(None)) for name, (kind, spec) in MEASURES.items() if kind in pictures}
    return {
        name: [_score(metric, picture, outputs.get(picture.file)) for picture in pictures[kind].usable]
        for name, (kind, metric) in metrics.items()
    }


def _score(metric: Metric, picture: Picture, output: Path | None) -> float:
    """Score a written output against the clean picture of its pair, or against its input where there is none."""
    rainy = decode(read_file(picture.file), where=picture.name)
    made = rainy if output is None else read_output(output, rainy.size)
    against = rainy if picture.clean is None else decode(read_file(picture.clean), where=f"clean of {picture.name}")
    return float(metric(to_tensor(made)[None], to_tensor(against)[None])[0])
