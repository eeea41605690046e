"""Derain somebody's photographs and videos: one PNG per photo, one MP4 per video, nothing scored."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.core.images import photographs_in, read_file
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.core.video.source import is_video
from nlcl_bench.evaluation.apply import load_method
from nlcl_bench.evaluation.film import derain_film
from nlcl_bench.evaluation.photo import png_of, read_photo
from nlcl_bench.evaluation.restore import timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["Derained", "derain", "find_inputs"]


@dataclass(frozen=True, slots=True)
class Derained:
    """What became of one photograph or video.

    Attributes:
        source: The input.
        output: The PNG or MP4.
        seconds: Time the method took, of a video the whole; None if the output was there already or there is none.
        problem: Why there is no output.
        loss: What of it could not be kept.
    """

    source: Path
    output: Path
    seconds: float | None = None
    problem: str | None = None
    loss: str | None = None


def find_inputs(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return photographs and videos with the name that each output gets.

    A file given by name is taken whatever its suffix; a folder is searched, its subfolders too, and its structure is
    kept. Two inputs whose outputs would get one name keep their suffix: ``a.jpg`` and ``a.png`` give ``a.jpg.png`` and
    ``a.png.png``.

    Raises:
        InputError: A path does not exist, or there is neither photograph nor video.
    """
    found: list[tuple[Path, Path]] = []
    for path in paths:
        if path.is_dir():
            found += [(file, file.relative_to(path)) for file in _inputs_in(path)]
        elif path.exists():
            found.append((path, type(path)(path.name)))
        else:
            raise InputError("no such file or folder", where=path, fix="check the spelling")
    if not found:
        raise InputError(
            "holds neither photographs nor videos",
            where=", ".join(str(path) for path in paths),
            fix="give JPEG, PNG, TIFF, WebP, HEIC, MP4 or MOV files",
        )
    short = [_output(name.with_suffix(""), name) for _, name in found]
    times = Counter(short)
    names = [_output(name, name) if times[one] > 1 else one for one, (_, name) in zip(short, found, strict=True)]
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise InputError("two of the outputs have this name", where=twice, fix="derain their folders one at a time")
    return [(source, name) for (source, _), name in zip(found, names, strict=True)]


def _inputs_in(folder: Path) -> list[Path]:
    films = [path for path in folder.rglob("*") if is_video(path.name) and path.is_file()]
    return sorted([*photographs_in(folder), *films])


def _output(name: Path, source: Path) -> str:
    return name.as_posix() + (".mp4" if is_video(source.name) else ".png")


def derain(
    inputs: Sequence[tuple[Path, str]],
    into: Path,
    method: MethodSpec,
    *,
    weights: Path | None,
    device: torch.device,
    tile: int = 0,
    overwrite: bool = False,
    track: Track = silent,
) -> Iterator[Derained]:
    """Derain photographs, then videos, one by one, yielding each as it is done; a bad one does not stop the others.

    Args:
        inputs: Files and output names, as :func:`find_inputs` gives them.
        into: Folder of the outputs.
        method: What to run.
        weights: Its verified weight file.
        device: Where it runs.
        tile: Side of the tiles in pixels; 0 for whole images.
        overwrite: Whether to make outputs anew that are there already.
        track: Shows progress: by photograph, and by frame of each video.

    Raises:
        InputError: An output would take the place of an input.
        StorageError: The folder cannot be written to.
        ArtifactError: The weights do not fit.
        ContractError: The method broke its contract.
    """
    make_folder(into)
    _refuse_to_replace(inputs, into)
    run = _Run(load_method(method, device, weights), method, device, tile)
    films = [one for one in inputs if is_video(one[0].name)]
    photos = [one for one in inputs if not is_video(one[0].name)]
    for source, name in track(photos, what=method.name, total=len(photos)) if photos else ():
        yield _one(run, source, into / name, overwrite=overwrite)
    for source, name in films:
        yield _one(run, source, into / name, overwrite=overwrite, track=track)


@dataclass(frozen=True, slots=True)
class _Run:
    derainer: Derainer
    method: MethodSpec
    device: torch.device
    tile: int


def _refuse_to_replace(inputs: Sequence[tuple[Path, str]], into: Path) -> None:
    sources = {source.resolve() for source, _ in inputs}
    for _, name in inputs:
        if (into / name).resolve() in sources:
            raise InputError("would be replaced by an output", where=into / name, fix="choose another folder")


def _one(run: _Run, source: Path, output: Path, *, overwrite: bool, track: Track = silent) -> Derained:
    if output.exists() and not overwrite:
        return Derained(source, output)
    make_folder(output.parent)
    start = time.perf_counter()
    try:
        if not is_video(source.name):
            return Derained(source, output, _photo(run, source, output))
        loss = derain_film(source, output, lambda picture: _frame(run, picture), track=track)
    except ImageError as error:
        return Derained(source, output, problem=f"{error.what} ({error.fix})" if error.fix else error.what)
    return Derained(source, output, time.perf_counter() - start, loss=loss)


def _photo(run: _Run, source: Path, output: Path) -> float:
    photo = read_photo(read_file(source), where=source.name)
    derained, seconds = timed(run.derainer, run.method, photo.pixels, device=run.device, tile=run.tile)
    with writing(output) as part:
        part.write_bytes(png_of(photo, derained))
    return seconds


def _frame(run: _Run, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    import torch

    rainy = torch.from_numpy(picture).permute(2, 0, 1).float().div_(255)
    derained, _ = timed(run.derainer, run.method, rainy, device=run.device, tile=run.tile)
    return np.asarray(derained.cpu().mul(255).round().to(torch.uint8).permute(1, 2, 0))
