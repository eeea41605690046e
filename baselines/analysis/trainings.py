"""The same short training with one recipe after the other: what ablations and comparisons are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from baselines.nlcl.train import train
from baselines.unpaired.lessons import lesson_of
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from baselines.nlcl.config import Config
    from baselines.nlcl.train import Trained

    Numbers = npt.NDArray[np.float64]

__all__ = ["judged_each"]


def judged_each(
    recipes: Mapping[str, Config],
    photographs: Callable[[], Mapping[str, Iterable[tuple[str, bytes]]]],
    judge: Callable[[str, Trained], Mapping[str, Sequence[float]]],
    into: Path,
    *,
    seeds: Sequence[int],
    device: torch.device,
    track: Track = silent,
) -> dict[str, dict[str, Numbers]]:
    """Train every recipe with every seed, and judge each training on the same pictures.

    Args:
        recipes: By their names.
        photographs: Gives names and bytes of ``rainy`` and ``clean`` photographs to train on, anew at each call.
        judge: Gives each measure, picture by picture, of a training, whose folder's name comes first.
        into: Folder of the trainings; those that are done are not done again.
        seeds: Of the trainings.
        device: Where networks are trained.
        track: Shows progress.

    Returns:
        For each recipe each measure, ``(pictures,)``, a mean over seeds.

    Raises:
        InputError: Photographs cannot be used, or a folder holds another training.
        RunError: A loss is no finite number any more.
        StorageError: The folder cannot be written.
    """
    means: dict[str, dict[str, Numbers]] = {}
    for name, recipe in recipes.items():
        found: dict[str, list[Sequence[float]]] = {}
        for seed in seeds:
            folder = f"{name.replace(' ', '-')}-{seed}"
            own = recipe.model_copy(update={"seed": seed})
            place = into / "trainings" / folder
            trained = train(own, photographs(), place, device=device, lesson=lesson_of(own), track=track)
            for measure, values in judge(folder, trained).items():
                found.setdefault(measure, []).append(values)
        means[name] = {measure: np.asarray(values, dtype=np.float64).mean(0) for measure, values in found.items()}
    return means
