"""Derain somebody's photographs: one PNG per photo, nothing scored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import make_folder
from nlcl_bench.core.images import photographs_in, read_file
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.evaluation.apply import load_method
from nlcl_bench.evaluation.restore import restore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import torch

    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["Derained", "derain", "find_photos"]


@dataclass(frozen=True, slots=True)
class Derained:
    """What became of one photograph.

    Attributes:
        photo: The input.
        output: The PNG.
        seconds: Time the method took; None if the PNG was there already or there is none.
        problem: Why there is no PNG.
    """

    photo: Path
    output: Path
    seconds: float | None = None
    problem: str | None = None


def find_photos(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return photographs with the name that each output gets, without ``.png``.

    A file given by name is taken whatever its suffix; a folder is searched, its subfolders too, and its structure is
    kept. Two photos that would get one name keep their suffix: ``a.jpg`` and ``a.png`` give ``a.jpg.png`` and
    ``a.png.png``.

    Raises:
        InputError: A path does not exist, or there is no photograph.
    """
    found: list[tuple[Path, Path]] = []
    for path in paths:
        if path.is_dir():
            found += [(file, file.relative_to(path)) for file in photographs_in(path)]
        elif path.exists():
            found.append((path, type(path)(path.name)))
        else:
            raise InputError("no such file or folder", where=path, fix="check the spelling")
    if not found:
        raise InputError(
            "holds no photographs",
            where=", ".join(str(path) for path in paths),
            fix="give JPEG, PNG, TIFF or WebP files",
        )
    stems = Counter(name.with_suffix("").as_posix() for _, name in found)
    plain = [name if stems[name.with_suffix("").as_posix()] > 1 else name.with_suffix("") for _, name in found]
    if len(set(plain)) < len(plain):
        twice = next(name for name, count in Counter(plain).items() if count > 1)
        raise InputError("two photographs have this name", where=twice, fix="derain their folders one at a time")
    return [(photo, name.as_posix()) for (photo, _), name in zip(found, plain, strict=True)]


def derain(
    photos: Sequence[tuple[Path, str]],
    into: Path,
    method: MethodSpec,
    *,
    weights: Path | None,
    device: torch.device,
    tile: int = 0,
    overwrite: bool = False,
    track: Track = silent,
) -> Iterator[Derained]:
    """Derain photographs one by one, yielding each as it is done; a bad photo does not stop the others.

    Args:
        photos: Files and output names, as :func:`find_photos` gives them.
        into: Folder of the PNGs.
        method: What to run.
        weights: Its verified weight file.
        device: Where it runs.
        tile: Side of the tiles in pixels; 0 for whole images.
        overwrite: Whether to make PNGs anew that are there already.
        track: Shows progress.

    Raises:
        StorageError: The folder cannot be written to.
        ArtifactError: The weights do not fit.
        ContractError: The method broke its contract.
    """
    make_folder(into)
    derainer = load_method(method, device, weights)
    for photo, name in track(photos, what=method.name, total=len(photos)):
        output = into / f"{name}.png"
        if output.exists() and not overwrite:
            yield Derained(photo, output)
            continue
        make_folder(output.parent)
        try:
            seconds = restore(derainer, method, read_file(photo), output, device=device, tile=tile)
        except ImageError as error:
            yield Derained(photo, output, problem=f"{error.what} ({error.fix})")
        else:
            yield Derained(photo, output, seconds)
