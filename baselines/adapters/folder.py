"""``dir:FOLDER``: outputs that somebody else made. The way to score what cannot be run here.

An output is found by its image's id, ``<image_id>.png``. Outputs that keep the names of the photographs they were made
from are found with ``--declare inputs=FOLDER``, the folder of those photographs: an image's id is the beginning of the
sha256 of its file. Sizes are compared when the outputs are taken over; see :mod:`nlcl_bench.evaluation.made`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from baselines.adapters.declared import Declared, described, or_not_stated, read
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.core.images import photographs_in
from nlcl_bench.data.record import Text
from nlcl_bench.methods.spec import Interface

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["Made", "folder"]

_KIND = "dir"
_ID = 16  # digits of an image's id


class Made(Declared):
    """What can be said besides of outputs that somebody made.

    Attributes:
        inputs: The folder of the photographs from which they were made, by whose names they are called.
    """

    inputs: Text | None = None


def folder(argument: str, declared: Mapping[str, str], /) -> MethodSpec:
    """Make a method of a folder of outputs: :class:`nlcl_bench.methods.spec.Adapter`.

    Raises:
        InputError: There is no such folder, it holds no images, two of one name, or a declaration cannot be used.
    """
    told = read(Made, _KIND, declared)
    place = existing_folder(Path(argument)).absolute()  # other processes may work elsewhere
    outputs = _by_stem(place)
    if told.inputs is not None:
        ids = _ids(existing_folder(Path(told.inputs)))
        outputs = {ids.get(stem, stem): path for stem, path in outputs.items()}
    lossy = sorted({path.suffix for path in outputs.values()} & {".jpg", ".jpeg", ".JPG", ".JPEG"})
    return described(
        _KIND,
        place.resolve().name,
        told,
        interface=Interface(
            source=f"{_KIND}: outputs that somebody else made",
            range="whole grey levels",
            colour="rgb",
            multiple_of="1",
            padding="not by the benchmark",
            output="background",
            rounding="by whoever made them" + (", and compressed as JPEG" if lossy else ""),
            tiling="by whoever made them",
            deterministic=or_not_stated(told.deterministic),
        ),
        load=_refuse,
        tiling="forbidden",
        outputs=outputs,
    )


def _by_stem(place: Path) -> dict[str, Path]:
    """Return the images of a folder, by name without suffix.

    Raises:
        InputError: There are none, or two of one name.
    """
    found: dict[str, Path] = {}
    for path in photographs_in(place):
        other = found.setdefault(path.stem, path)
        if other != path:
            raise InputError(
                f"holds two outputs of one name: {other.name} and {path.name}", where=place, fix="remove one of them"
            )
    if not found:
        raise InputError("holds no images", where=place, fix="give the folder of the outputs")
    return found


def _ids(inputs: Path) -> dict[str, str]:
    """Return the ids of the photographs of a folder, by name without suffix.

    Raises:
        InputError: One cannot be read.
    """
    try:
        return {path.stem: sha256_file(path)[:_ID] for path in photographs_in(inputs)}
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", where=error.filename, fix="check its permissions"
        ) from error


def _refuse(_: torch.device, __: Path | None) -> Derainer:
    raise InputError(
        "is a folder of outputs, which are there already", where=f"{_KIND}:", fix="use nlcl-bench evaluate"
    )
