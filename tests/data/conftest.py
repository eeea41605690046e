"""What the tests of reading share: the look-alike of the Hub, and a small set of pairs in two folders."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hubserver.fixture import hub

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

__all__ = ["hub"]


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    """Return an encoder of images."""

    def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
        stream = io.BytesIO()
        image.save(stream, format=kind, **options)
        return stream.getvalue()

    return encode


@pytest.fixture
def foreign(tmp_path, photograph, encoded) -> Path:
    """Return a set as others publish them: three scenes, the first with two rainy images."""
    root = tmp_path / "set"
    for name, clean in (("1_1", 1), ("1_2", 1), ("2_1", 2), ("3_1", 3)):
        for folder, file, seed in (
            ("rainy_image", name, int(name.replace("_", ""))),
            ("ground_truth", str(clean), clean),
        ):
            place = root / "testing" / folder
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{file}.jpg").write_bytes(encoded(photograph(seed, 40, 32), "JPEG", quality=90))
    return root
