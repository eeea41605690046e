"""Pictures that trained networks are judged on: pairs, clean photographs, rainy ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.analysis.layers import spread
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.images import decode, photographs_in, read_file
from nlcl_bench.data.folders import files_of
from nlcl_bench.data.importing.pairs import Layout, Pattern, pair_up
from nlcl_bench.data.importing.template import read_template

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from PIL import Image

__all__ = ["Picture", "Pictures", "pairs_in", "photographs_of"]

_TEMPLATES = ("suffixes", "folders")
_LEAST = 16  # pixels a side: a window of SSIM and some more


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to restore.

    Attributes:
        name: Below its folder.
        file: The picture.
        clean: The same scene without rain, if it is known.
    """

    name: str
    file: Path
    clean: Path | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """Those of one folder that can be used, and what cannot, and why."""

    usable: tuple[Picture, ...]
    skipped: tuple[str, ...]


def pairs_in(folder: Path, limit: int) -> Pictures:
    """Find pairs, told by the ends of their names or by their folders; see the templates of those names.

    Args:
        folder: Where they are, such as ``001_rain.png`` and ``001_clean.png``.
        limit: How many, at most; they are spread evenly over the folder.

    Raises:
        InputError: There is no such folder, or no pair in it that can be used.
    """
    files = files_of(folder).files
    images = [one for name in _TEMPLATES for one in read_template(name).images if one.clean is not None]
    layouts = [Layout(Pattern(one.rainy), Pattern(one.clean)) for one in images if one.clean is not None]
    pairs, findings = pair_up(files, layouts)
    found = [Picture(one.rainy, files[one.rainy], files[one.clean]) for one in pairs if one.clean is not None]
    more = [str(finding) for finding in findings] if found else []
    return _usable(folder, spread(found, limit), more, "give pairs such as 001_rain.png and 001_clean.png")


def photographs_of(folder: Path, limit: int) -> Pictures:
    """Find photographs in a folder and its subfolders.

    Args:
        folder: Where they are.
        limit: How many, at most; they are spread evenly over the folder.

    Raises:
        InputError: There is no such folder, or no photograph in it that can be used.
    """
    files = files_of(folder).files.values()
    known = set(photographs_in(folder.resolve()))
    found = [Picture(path.relative_to(folder.resolve()).as_posix(), path) for path in files if path in known]
    return _usable(folder, spread(found, limit), [], f"give photographs of at least {_LEAST}x{_LEAST} pixels")


def _usable(folder: Path, found: Iterable[Picture], skipped: list[str], fix: str) -> Pictures:
    usable = []
    for picture in found:
        try:
            _require_usable(picture)
        except ImageError as error:
            skipped.append(str(error))
        else:
            usable.append(picture)
    if not usable:
        first = f"; the first: {skipped[0]}" if skipped else ""
        raise InputError(f"holds no picture that can be used{first}", where=folder, fix=fix)
    return Pictures(tuple(usable), tuple(skipped))


def _require_usable(picture: Picture) -> None:
    size = _decoded(picture.file, picture.name).size
    if min(size) < _LEAST:
        raise ImageError(f"{size[0]}x{size[1]} leaves less than {_LEAST} pixels a side", where=picture.name)
    if picture.clean is not None:
        other = _decoded(picture.clean, f"clean of {picture.name}").size
        if other != size:
            raise ImageError(f"is {size[0]}x{size[1]}, its clean image {other[0]}x{other[1]}", where=picture.name)


def _decoded(file: Path, name: str) -> Image.Image:
    return decode(read_file(file), where=name)
