"""P1's rules stand in one place, are kept by what an evaluation calls, and do not change under their name."""

from __future__ import annotations

import dataclasses
import io
import math
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from leaderboard.gates import UNCHANGED_BELOW, Gate
from nlcl_bench.core.deep import encode_deep
from nlcl_bench.core.digest import sha256_value
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.images import MAX_PIXELS, encode_png
from nlcl_bench.data.record import Box, Record, Rights
from nlcl_bench.data.sample import Sample
from nlcl_bench.evaluation.protocol import P1, as_seen, luma, read_output, rules, write_output
from nlcl_bench.evaluation.score import score
from nlcl_bench.metrics.change import CHANGE
from nlcl_bench.metrics.no_reference import ENTROPY, PIQE
from nlcl_bench.metrics.rain_and_content import COLOUR_SHIFT, CONTENT_KEPT, RESIDUAL_RAIN
from nlcl_bench.metrics.reference import PSNR, PSNR_Y, SSIM

DIGESTS = {"P1": "766142965d15bf01d25e47e89414abcfaa921a1f3206b338966a0f00b4a34cfd"}
"""Of every protocol that ever was: runs were made under these values."""

SPECS = (CHANGE, ENTROPY, PIQE, COLOUR_SHIFT, CONTENT_KEPT, RESIDUAL_RAIN, PSNR, PSNR_Y, SSIM)


@pytest.mark.parametrize("name", DIGESTS)
def test_a_changed_value_needs_a_new_name(name):
    assert sha256_value(dataclasses.asdict(rules(name))) == DIGESTS[name]


def test_the_leaderboard_and_the_decoders_keep_the_values():
    assert get_args(get_type_hints(Gate)["name"]) == P1.gates
    assert P1.unchanged_below == UNCHANGED_BELOW
    assert max(MAX_PIXELS.values()) == P1.largest


def test_a_protocol_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="P2: is no protocol of this version, which knows P1"):
        rules("P2")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.5, 1.5, width=32), min_size=3, max_size=3))
def test_what_is_read_is_what_was_written_rounded_half_to_even(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("written") / "output.png"
    write_output(torch.tensor(values, dtype=torch.float32).reshape(3, 1, 1), path)
    expected = [round(float(np.float32(min(max(value, 0), 1)) * np.float32(255))) for value in values]
    assert list(read_output(path, (1, 1)).getpixel((0, 0))) == expected


def png(image: Image.Image, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def with_text() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "somebody")
    return png(Image.new("RGB", (6, 4)), pnginfo=text)


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
JPEG = io.BytesIO()
Image.new("RGB", (6, 4)).save(JPEG, "JPEG")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (encode_deep(np.zeros((4, 6, 3), dtype=np.uint16)), "has 16 bits per channel; protocol P1 takes 8"),
        (png(Image.new("L", (6, 4))), "is grey; protocol P1 takes RGB"),
        (png(Image.new("RGBA", (6, 4))), "is RGB with alpha; protocol P1 takes RGB"),
        (png(Image.new("P", (6, 4))), "has 1 bits per channel|is of a palette"),
        (png(Image.new("RGB", (6, 4)), transparency=(0, 0, 0)), "holds a chunk tRNS; protocol P1 takes IHDR, IDAT"),
        (png(Image.new("RGB", (6, 4)), icc_profile=PROFILE), "holds a chunk iCCP"),
        (with_text(), "holds a chunk tEXt"),
        (encode_png(Image.new("RGB", (4, 6))), "is 4x6, its input is 6x4"),
        (encode_png(Image.new("RGB", (6, 4)))[:33] + bytes(4) + b"\x1b[2J", "holds a chunk without a name; protocol"),
        (JPEG.getvalue(), "is no PNG"),
        (b"", "is no PNG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "is no PNG"),
        (encode_png(Image.new("RGB", (6, 4)))[:45], "is damaged"),
        (encode_png(Image.new("RGB", (6, 4))) + bytes(100_000), "has more than 65,688 bytes"),
    ],
)
def test_an_output_that_is_not_the_protocols_is_refused_and_not_converted(tmp_path, data, says):
    (tmp_path / "0123456789abcdef.png").write_bytes(data)
    with pytest.raises(ImageError, match=says) as caught:
        read_output(tmp_path / "0123456789abcdef.png", (6, 4))
    assert str(caught.value).startswith("output 0123456789abcdef.png: ")
    assert str(tmp_path) not in str(caught.value)


def test_an_output_that_is_gone_is_told(tmp_path):
    with pytest.raises(ImageError, match=r"output gone\.png: cannot be read: No such file"):
        read_output(tmp_path / "gone.png", (6, 4))


def test_luma_is_bt601_in_studio_range():
    colours = torch.eye(3)[:, :, None]  # red, green, blue beside each other
    assert luma(colours).flatten().tolist() == pytest.approx([81.481, 144.553, 40.966], abs=1e-3)


@pytest.fixture
def pair(photograph, tmp_path):
    """Return a scorer of outputs of one rainy photograph, that photograph, and the clean one."""
    clean = photograph(4, 96, 80)
    rainy = Image.fromarray(np.clip(np.asarray(clean).astype(int) + 30, 0, 255).astype(np.uint8))
    loaded = {spec.id: (spec, spec.load(None)) for spec in SPECS}

    def scores(output: np.ndarray, *boxes: Box) -> dict[str, float | None]:
        data = encode_png(rainy)
        record = Record(
            image_id="0" * 16,
            sha256="0" * 64,
            file_name=f"{'0' * 16}.png",
            width=96,
            height=80,
            domain="rainy",
            split="test",
            scene_id="0" * 16,
            blurred=boxes,
            rights=Rights(licence="CC0-1.0", author="tests"),
        )
        path = tmp_path / "output.png"
        path.write_bytes(encode_png(Image.fromarray(output)))
        _, measured = score(path, Sample(record, data, encode_png(clean)), rainy, loaded)
        return {one.metric: one.value for one in measured}

    return scores, np.asarray(rainy), np.asarray(clean)


BOX = Box(left=20, top=10, width=24, height=30, kind="face")


def test_what_an_output_shows_in_a_blurred_box_counts_for_no_metric(pair):
    scores, rainy, _ = pair
    output = np.clip(rainy.astype(int) - 12, 0, 255).astype(np.uint8)
    invented = output.copy()
    invented[10:40, 20:44] = np.random.default_rng(0).integers(0, 256, (30, 24, 3))
    assert scores(output, BOX) == scores(invented, BOX)
    without = scores(output), scores(invented)
    assert all(without[0][name] != without[1][name] for name in without[0])


def test_means_over_pixels_are_those_outside_the_box_times_their_share(pair):
    """As docs/protocol.md says: change is (1 - s) of the change outside, PSNR is higher by -10 log10(1 - s) dB."""
    scores, rainy, clean = pair
    outside = np.ones((80, 96), dtype=bool)
    outside[10:40, 20:44] = False
    for shift in (5, 25):
        output = np.clip(rainy.astype(int) - shift, 0, 255).astype(np.uint8)
        change = np.abs(output.astype(int) - rainy)[outside].mean()
        psnr = 10 * math.log10(255**2 / np.square(output.astype(float) - clean)[outside].mean())
        found = scores(output, BOX)
        assert found["change/grey@1"] == pytest.approx(change * outside.mean(), rel=1e-5)
        assert found["psnr/rgb@1"] == pytest.approx(psnr - 10 * math.log10(outside.mean()), abs=1e-3)


def test_an_output_without_boxes_is_seen_as_it_is(pair):
    scores, rainy, _ = pair
    outside = Box(left=500, top=500, width=4, height=4, kind="other")
    assert scores(rainy, outside) == scores(rainy)


def test_of_two_sizes_nothing_is_pasted():
    output = torch.zeros(1, 3, 8, 8)
    assert as_seen("rainy", output, {"none": None, "rainy": torch.ones(1, 3, 9, 8), "clean": None}, [BOX]) is output
