"""Training NLCL: photographs in, checkpoints out, and a killed training goes on as if nothing had happened.

The randomness of a sample comes from the seed, the step's number and the sample's alone, so nothing but the checkpoint
is needed to go on, and on the CPU a resumed training gives the same bytes as an undisturbed one. A network of the field
in the place of G_B is trained by the same steps (:mod:`baselines.nlcl.supervised`), and another method's losses by the
same trainer (:mod:`baselines.nlcl.lesson`).
"""

from __future__ import annotations

import math
import os
import shutil
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from baselines.nlcl.checkpoint import BACKGROUND, Checkpoint, read_training, restore, write_training
from baselines.nlcl.crops import Source, decode_all, draw_batch
from baselines.nlcl.extras import compile_networks, scalars, summary_writer
from baselines.nlcl.learners import set_rates
from baselines.nlcl.lesson import NLCL, Lesson
from baselines.nlcl.rain import draw_layers
from baselines.nlcl.ranks import joined
from baselines.nlcl.report import write_report
from baselines.nlcl.samples import triptychs
from baselines.nlcl.standing import LONG, standing
from baselines.nlcl.step import TERMS, Batch, step
from baselines.nlcl.swapped import look_swapped
from nlcl_bench import __version__
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.files import locked, make_folder, writing
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    import numpy.typing as npt
    from torch import Tensor

    from baselines.nlcl.config import Config
    from baselines.nlcl.learners import Learning

__all__ = ["Trained", "train"]

_MAY_DIFFER = {"checkpoint_every"}
_SWAPPED = "the clean photographs look more like rain than the rainy ones (have rainy and clean been swapped?)"
_NAMED = 4  # differences of recipes, in an error
_AHEAD = 4  # batches drawn before they are needed


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave.

    Attributes:
        checkpoint: The content of its ``checkpoint.json``.
        weights: The file that ``--weights`` takes.
        history: The losses of every step, ``(steps, len(TERMS))``; NaN where a step computed none.
        resumed_at: Steps that were done before, 0 for a new training.
        skipped: Photographs that could not be used, and why.
        leads: Whether this process is the one that wrote; false in all but the first of several.
    """

    checkpoint: Checkpoint
    weights: Path
    history: Tensor
    resumed_at: int
    skipped: tuple[str, ...]
    leads: bool


def train(  # noqa: PLR0913 (each says one thing, and all but three have a default)
    config: Config,
    photographs: Mapping[str, Iterable[tuple[str, bytes]]],
    into: Path,
    *,
    device: torch.device,
    lesson: Lesson[Any] = NLCL,
    track: Track = silent,
    warn: Callable[[str], None] = lambda _: None,
    images_every: int = 0,
    tensorboard: bool = False,
    compiled: bool = False,
) -> Trained:
    """Train, or go on training, until ``config.steps`` steps are done.

    Args:
        config: The recipe.
        photographs: Names and bytes of ``rainy`` and of ``clean`` photographs; they need not show the same places. A
            recipe that is all warm-up does without rainy ones.
        into: Folder of the checkpoint.
        device: Where the networks are.
        lesson: The method whose losses the recipe weighs.
        track: Shows progress.
        warn: Hears at once what looks wrong but may go on.
        images_every: Steps between pictures of O | B | R in ``images/``; 0 for none.
        tensorboard: Write the losses to ``tensorboard/`` too.
        compiled: Compile the generators first; results differ in the last digits from those without.

    Raises:
        InputError: No photograph can be used, or the folder holds a training of another recipe or other photographs,
            or the recipe is one for another lesson, or what ``tensorboard`` or ``compiled`` need is not installed.
        ArtifactError: The folder's checkpoint is damaged.
        RunError: A loss is no finite number any more.
        StorageError: The folder cannot be written.
    """
    if config.losses not in lesson.losses:
        raise InputError(f"has the losses of {config.losses}", where="recipe", fix=f"train {config.losses} with it")
    with joined(device) as ranks, locked(make_folder(into)) if ranks.leads else nullcontext():
        samples = ranks.share(config.batch, together=min(config.rainy_every, config.batch))
        learners = lesson.begin(config, device)
        if compiled:
            compile_networks(learners)
        board = summary_writer() if tensorboard and ranks.leads else None
        source = ranks.in_turn(lambda: _source(config, photographs, into / "decoded", track))
        doubts = (_SWAPPED,) if source.rainy is not None and look_swapped(source.rainy, source.clean) else ()
        for line in doubts:
            warn(line)
        history = _resume(into, learners, config, source)
        resumed_at = len(history)
        together = ranks.wrapped(learners)
        numbers = range(resumed_at + 1, config.steps + 1)
        batches = _ahead(lambda number: draw_batch(source, config, number, samples), numbers, device)
        shown = track(
            zip(numbers, batches, strict=True),
            what=f"train {config.method}",
            total=len(numbers),
            now=lambda: _now(history),
        )
        with scalars(board, into / "tensorboard", resumed_at) as write:
            for number, batch in shown:
                set_rates(together, config, number)
                losses = step(together, batch, config, warm=number <= config.warm_steps, ask=lesson.ask)
                measured = ranks.mean(losses, device)
                _require_finite(measured, number, into)
                history.append([measured.get(name, math.nan) for name in TERMS])
                write(measured, number)
                _warn_once(history, config, warn)
                if ranks.leads and images_every and number % images_every == 0:
                    _draw(into, learners, source, config, number)
                if ranks.leads and number % config.checkpoint_every == 0 and number < config.steps:
                    _write(into, learners, history, config, source)
        if ranks.leads:
            _finish(into, learners, history, config, source, doubts)
    return Trained(
        checkpoint=_checkpoint(history, config, source),
        weights=into / BACKGROUND,
        history=torch.tensor(history),
        resumed_at=resumed_at,
        skipped=tuple(line for photographs in source.domains.values() for line in photographs.skipped),
        leads=ranks.leads,
    )


def _finish(
    into: Path,
    learners: Learning,
    history: list[list[float]],
    config: Config,
    source: Source,
    doubts: tuple[str, ...],
) -> None:
    """Write the last checkpoint and the report, and remove what a training needs only while it runs."""
    _write(into, learners, history, config, source)
    losses = torch.tensor(history)
    pictures = triptychs(learners, source, config)
    warnings = doubts + standing(losses, config)
    write_report(into, _checkpoint(history, config, source), losses, source, pictures, warnings)
    shutil.rmtree(into / "decoded", ignore_errors=True)


def _draw(into: Path, learners: Learning, source: Source, config: Config, number: int) -> None:
    folder = make_folder(into / "images")
    for index, picture in enumerate(triptychs(learners, source, config), 1):
        with writing(folder / f"step-{number:07}-{index}.png") as part:
            part.write_bytes(picture)


def _source(
    config: Config, photographs: Mapping[str, Iterable[tuple[str, bytes]]], decoded: Path, track: Track
) -> Source:
    found = {
        domain: decode_all(photographs[domain], decoded, crop=config.crop, domain=domain, track=track)
        for domain in ("rainy", "clean")
        if domain in photographs
    }
    if "rainy" not in found and config.warm_steps < config.steps:
        raise InputError("looks at rain that was not rendered", where="recipe", fix="give rainy photographs too")
    return Source(found.get("rainy"), found["clean"], _rain_layers(config, decoded) if config.rendered else None)


def _rain_layers(config: Config, decoded: Path) -> npt.NDArray[np.uint8]:
    path = decoded / f"rain-{config.seed}.npy"
    if not path.exists():
        with writing(path) as part, part.open("wb") as file:
            np.save(file, draw_layers(config.rain_layers, config.seed, max(320, config.crop)))
    layers: npt.NDArray[np.uint8] = np.load(path)
    return layers


def _ahead(draw: Callable[[int], Batch], numbers: Iterable[int], device: torch.device) -> Iterator[Batch]:
    """Yield the batches of steps, in order, while the next ones are drawn beside the training."""
    threads = 1 if device.type == "cpu" else min(8, os.cpu_count() or 1)
    coming = iter(numbers)
    with ThreadPoolExecutor(threads) as pool:
        drawn: deque[Future[Batch]] = deque(pool.submit(draw, number) for number in islice(coming, _AHEAD * threads))
        while drawn:
            batch = drawn.popleft().result()
            drawn.extend(pool.submit(draw, number) for number in islice(coming, 1))
            yield _moved(batch, device)


def _moved(batch: Batch, device: torch.device) -> Batch:
    given = {field.name: getattr(batch, field.name) for field in fields(batch)}
    moved: dict[str, Any] = {name: None if value is None else value.to(device) for name, value in given.items()}
    return Batch(**moved)


def _now(history: list[list[float]]) -> str:
    """Return the losses of the last step in a few words."""
    if not history:
        return ""
    measured = dict(zip(TERMS, history[-1], strict=True))
    return "  ".join(f"{name} {measured[name]:.4f}" for name in _SHOWN if math.isfinite(measured[name]))


_SHOWN = ("total", "layer_contrast")


def _warn_once(history: list[list[float]], config: Config, warn: Callable[[str], None]) -> None:
    """Look at the last steps now and then; what was said the time before is not said again."""
    if len(history) % LONG:
        return
    before = standing(torch.tensor(history[-3 * LONG : -LONG]), config)
    for line in standing(torch.tensor(history[-2 * LONG :]), config):
        if line not in before:
            warn(line)


def _resume(into: Path, learners: Learning, config: Config, source: Source) -> list[list[float]]:
    """Return the losses of the steps that are done, after putting the learners there."""
    stored = read_training(into)
    if stored is None:
        return []
    before = stored.checkpoint
    other = [
        name
        for name in type(config).model_fields
        if name not in _MAY_DIFFER and getattr(config, name) != getattr(before.config, name)
    ]
    if before.photographs != _digests(source):
        other.insert(0, "photographs")
    if other:
        more = f" and {len(other) - _NAMED} more" if len(other) > _NAMED else ""
        raise InputError(
            f"holds a training with other {', '.join(other[:_NAMED])}{more}",
            where=into,
            fix="train into another folder",
        )
    restore(learners, stored)
    losses: list[list[float]] = stored.history.tolist()
    return losses


def _require_finite(measured: Mapping[str, float], number: int, into: Path) -> None:
    for name, value in measured.items():
        if name != "total" and not math.isfinite(value):  # a term tells more than the total
            raise RunError(
                f"the loss {name} became {value} at step {number}; the last checkpoint is kept",
                where=into,
                fix="lower the learning rate or that loss's weight and train into another folder",
            )


def _checkpoint(history: list[list[float]], config: Config, source: Source) -> Checkpoint:
    losses = dict(zip(TERMS, history[-1], strict=True))
    return Checkpoint(
        toolkit=__version__,
        method=config.method,
        step=len(history),
        config=config,
        photographs=_digests(source),
        losses={name: value for name, value in losses.items() if math.isfinite(value)},
    )


def _write(into: Path, learners: Learning, history: list[list[float]], config: Config, source: Source) -> None:
    write_training(into, learners, torch.tensor(history), _checkpoint(history, config, source))


def _digests(source: Source) -> dict[str, str]:
    return {domain: photographs.digest for domain, photographs in source.domains.items()}
