"""A benchmark that everybody can rebuild: rain rendered on photographs that installed packages ship.

Twelve photographs, two rains on each, all of it drawn from the photographs' own pixels. The two rains of a photograph
are one scene. It is small, and its rain is rendered, by the renderer that some of the methods were trained with: it
shows that a board can be made again, and ranks nothing that one should cite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.files import make_folder
from nlcl_bench.core.images import decode_file, write_png
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.data.importing.importing import import_set
from nlcl_bench.data.importing.template import Images, Template
from nlcl_bench.data.rendering import render, sample_rain

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.data.examples import Photograph

__all__ = ["NAME", "packaged_benchmark"]

NAME = "packaged"
"""The benchmark's name."""

_RAINS = (1, 2)
_LONGEST_SIDE = 512

_TEMPLATE = Template(
    name=NAME,
    title="Rendered rain on packaged photographs",
    source="rendered over photographs of scikit-image and pyiqa by nlcl_bench.data.packaged",
    licence="LicenseRef-packaged-photographs",
    terms="The photographs are those of the packages, for one's own use; see nlcl_bench.data.examples.",
    author="The packages' photographers",
    rain_kinds=("streak", "veil"),
    images=(Images(split="test", rainy="rainy/{photograph}.{rain:number}.png", clean="clean/{photograph}.png"),),
    verified=True,
    verified_on="The layout is written by the same module.",
)


def packaged_benchmark(into: Path, track: Track = silent) -> Path:
    """Render the benchmark and write it as a release.

    The same versions of NumPy, SciPy and Pillow give the same bytes; others may round a pixel or pack a file otherwise.

    Args:
        into: The folder to fill: ``pairs/`` and ``release/``.
        track: Shows progress.

    Returns:
        The release; its config is ``paired``.

    Raises:
        ArtifactError: An installed package lacks a photograph.
        InputError: ``release/`` holds something else.
        StorageError: Something cannot be written.
    """
    rainy, clean = make_folder(into / "pairs" / "rainy"), make_folder(into / "pairs" / "clean")
    chosen = packaged_photographs(more=True)
    for one in track(chosen, what="rain", total=len(chosen)):
        _render(one, rainy, clean)
    import_set(into / "pairs", _TEMPLATE, into / "release", track=track)
    return into / "release"


def _render(one: Photograph, rainy: Path, clean: Path) -> None:
    image = decode_file(one.path)
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    write_png(image, clean / f"{one.name}.png")
    rng = np.random.default_rng(int(sha256_bytes(image.tobytes())[:16], 16))
    for number in _RAINS:
        rained = render(np.asarray(image, dtype=np.float64) / 255, sample_rain(rng, full=True), rng)
        rounded = np.rint(rained * 255).clip(0, 255).astype(np.uint8)
        write_png(Image.fromarray(rounded), rainy / f"{one.name}.{number}.png")
