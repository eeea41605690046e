import numpy as np
import pytest
from PIL import Image

from collection_tools.curate.checks.exposure import clipping, exposure


def spread(low, high, share=1.0):
    """Levels from low to high in part of a picture, black or white beyond the range elsewhere."""
    ramp = np.linspace(low, high, 10_000).round().astype(np.uint8)
    ramp[: round(len(ramp) * (1 - share))] = 0 if low else 255
    return Image.fromarray(np.broadcast_to(ramp.reshape(100, 100, 1), (100, 100, 3)).copy())


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [(0, 30, "is too dark"), (0, 36, ""), (226, 255, "is too bright"), (222, 255, ""), (0, 255, "")],
)
def test_the_mean_level_decides(seen, recipe, low, high, reason):
    verdict = exposure(seen(spread(low, high)), recipe)
    assert (verdict.keep, verdict.reason) == (not reason, reason)
    assert verdict.measure == pytest.approx((low + high) / 2, abs=0.1)


def test_a_night_with_a_few_lamps_is_kept(seen, recipe):
    night = np.full((200, 300, 3), 10, np.uint8)
    night[::20, ::20] = 255
    night[120:, 100:200] = 60
    assert exposure(seen(Image.fromarray(night)), recipe).keep
    assert clipping(seen(Image.fromarray(night)), recipe).keep


@pytest.mark.parametrize(("colour", "reason"), [("black", "is black"), ("white", "is burnt out")])
@pytest.mark.parametrize(("share", "keep"), [(0.58, True), (0.62, False)])
def test_it_counts_what_is_lost_in_black_and_white(seen, recipe, colour, reason, share, keep):
    picture = Image.new("RGB", (100, 100), (90, 120, 110))
    picture.paste(colour, (0, 0, 100, round(share * 100)))
    verdict = clipping(seen(picture), recipe)
    assert (verdict.keep, verdict.measure) == (keep, pytest.approx(share))
    assert verdict.reason == ("" if keep else f"{reason} for the most part")


def test_one_colour_at_its_end_is_no_clipping(seen, recipe):
    assert clipping(seen(Image.new("RGB", (50, 50), (255, 0, 0))), recipe).measure == 0
