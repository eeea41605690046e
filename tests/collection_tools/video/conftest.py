"""Videos made for tests: small, encoded here, of scenes that move, rain, shake or break off."""

from __future__ import annotations

import struct
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from scipy import fft
from scipy.ndimage import gaussian_filter

from nlcl_bench.data.rendering import Rain, streak_layer

if TYPE_CHECKING:
    from pathlib import Path

RAIN = Rain(angle=8, spread=2, length=0.18, density=300, strength=0.7, veil=0.0)


def _scene(seed=0, size=(128, 192)):
    """A textured scene, sharp to the pixel: uint8 ``(H, W, 3)``."""
    rng = np.random.default_rng(seed)
    grey = sum(gaussian_filter(rng.normal(size=(*size, 1)), (s, s, 0)) * s for s in (1.5, 4.0, 16.0))
    scene = grey + 12 * gaussian_filter(rng.normal(size=(*size, 3)), (12, 12, 0))
    scene -= scene.min()
    return (25 + 160 * scene / scene.max()).astype(np.uint8)


def _rainy(scene, frames, *, seed=0, shake=0.0, noise=1.0):
    """Frames of a scene in the rain from a camera that shakes by so many pixels, root mean square."""
    rng = np.random.default_rng(seed)
    streaks = _streaks(scene.shape[:2])
    for _ in range(frames):
        moved = scene.astype(np.float32)
        if shake:
            moved = _moved(moved, rng.normal(0, shake / np.sqrt(2), 2))
        opacity = np.roll(streaks[rng.integers(len(streaks))], rng.integers(0, 1000, 2), (0, 1))[..., None]
        rainy = moved + RAIN.strength * opacity * np.maximum(240 - moved, 0)
        yield np.rint(rainy + noise * rng.standard_normal(scene.shape, np.float32)).clip(0, 255).astype(np.uint8)


def _moved(picture, by):
    """Move a picture by a fraction of a pixel, exactly, around its edges."""
    spectrum = fft.rfft2(picture, axes=(0, 1))
    down = np.exp(-2j * np.pi * by[0] * fft.fftfreq(picture.shape[0]))[:, None, None]
    right = np.exp(-2j * np.pi * by[1] * fft.rfftfreq(picture.shape[1]))[None, :, None]
    return fft.irfft2(spectrum * down * right, picture.shape[:2], axes=(0, 1)).clip(0, 255)


@cache
def _streaks(size):
    """Some layers of streaks; rolled anywhere, each makes many."""
    rng = np.random.default_rng(0)
    return [
        sum(streak_layer(size, RAIN, distance, share, rng) for distance, share in ((1.0, 0.1), (3.0, 0.5))).clip(0, 1)
        for _ in range(4)
    ]


def _encode(path: Path, frames, *, codec="libx264", rate=25, times=None, quality=12, **context) -> Path:
    """Write a video; ``times`` are time codes in milliseconds."""
    options = {"crf": str(quality), "preset": "veryfast"} if codec.startswith("libx26") else {}
    if codec == "libx265":  # starved of processors, its threads hand out the last frames in an order that no MP4 takes
        options["x265-params"] = "bframes=0:frame-threads=1:pools=none"
    with av.open(str(path), "w", options={"fflags": "bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.pix_fmt = context.pop("pix_fmt", "yuv420p")
        stream.codec_context.time_base = Fraction(1, 1000) if times else Fraction(1, rate)
        if codec in {"mpeg4", "mjpeg"}:
            stream.codec_context.bit_rate = 20_000_000
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        for number, picture in enumerate(frames):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = times[number] if times else number
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _turned(path: Path, matrix) -> Path:
    """Write a display matrix into the track header of an MP4."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4 + 40
    data[start : start + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(data)
    return path


@pytest.fixture(scope="session")
def scene():
    return _scene


@pytest.fixture(scope="session")
def rainy():
    return _rainy


@pytest.fixture(scope="session")
def encode():
    return _encode


@pytest.fixture(scope="session")
def turned():
    return _turned
