from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from collection_tools.privacy import blurred, blurred_png, find_faces, with_margins
from collection_tools.privacy.blur import CELLS
from nlcl_bench.core.errors import ImageError
from nlcl_bench.data.record import Box

WIDTH, HEIGHT = 61, 47


def _box(left, top, width, height, kind="other"):
    return Box(left=left, top=top, width=width, height=height, kind=kind)


def _boxes(width=WIDTH, height=HEIGHT):
    return st.builds(
        _box,
        st.integers(0, width - 1),
        st.integers(0, height - 1),
        st.integers(1, 3 * width),
        st.integers(1, 3 * height),
        st.sampled_from(["face", "plate", "other"]),
    )


@given(st.lists(_boxes(), max_size=4), st.integers(0, 9))
def test_nothing_changes_outside_the_boxes_and_they_lie_inside_the_picture(noise, boxes, seed):
    image = noise(WIDTH, HEIGHT, seed)
    before = image.tobytes()
    enlarged = with_margins(boxes, image.size)
    inside = np.zeros((HEIGHT, WIDTH), bool)
    for box in enlarged:
        assert box.left + box.width <= WIDTH
        assert box.top + box.height <= HEIGHT
        inside[box.top : box.top + box.height, box.left : box.left + box.width] = True
    copy = blurred(image, enlarged)
    assert np.array_equal(np.asarray(copy)[~inside], np.asarray(image)[~inside])
    assert image.tobytes() == before


@given(st.lists(_boxes(), min_size=2, max_size=4), st.randoms())
def test_neither_order_nor_repetition_of_the_boxes_matters(noise, boxes, random):
    image = noise(WIDTH, HEIGHT)
    shuffled = [*random.sample(boxes, len(boxes)), boxes[0]]
    enlarged = with_margins(boxes, image.size)
    assert with_margins(shuffled, image.size) == enlarged
    assert blurred_png(image, reversed(enlarged)) == blurred_png(image, enlarged)


def test_each_box_covers_what_was_asked_for_and_the_margin_of_its_kind():
    (face,) = with_margins([_box(100, 100, 60, 80, "face")], (400, 400))
    (plate,) = with_margins([_box(100, 100, 80, 20, "plate")], (400, 400))
    (other,) = with_margins([_box(100, 100, 60, 80, "other")], (400, 400))
    assert (face.left, face.top, face.width, face.height) == (80, 80, 100, 120)
    assert (plate.left, plate.top, plate.width, plate.height) == (88, 88, 104, 44)
    assert (other.left, other.top, other.width, other.height) == (100, 100, 60, 80)


@given(st.integers(0, 2**32 - 1))
def test_only_the_mean_of_a_cell_is_kept(seed):
    rng = np.random.default_rng(seed)
    side, cell = 64, 64 // CELLS
    pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
    shuffled = pixels.reshape(CELLS, cell, CELLS, cell, 3).transpose(0, 2, 1, 3, 4).reshape(CELLS, CELLS, -1, 3)
    shuffled = rng.permuted(shuffled, axis=2)
    shuffled = shuffled.reshape(CELLS, CELLS, cell, cell, 3).transpose(0, 2, 1, 3, 4).reshape(side, side, 3)
    one, other = (blurred(Image.fromarray(part), [_box(0, 0, side, side)]).tobytes() for part in (pixels, shuffled))
    assert one == other


@pytest.mark.parametrize("width", [7, 12, 24, 90, 400])
def test_no_more_colours_are_left_than_the_cells_hold(noise, width):
    copy = blurred(noise(width * 2, width * 2), [_box(0, 0, width, width)])
    part = np.asarray(copy, np.float64)[:width, :width, 0]
    strengths = np.linalg.svd(part - part.mean(), compute_uv=False)
    assert strengths[CELLS:].max(initial=0) < 1.5 * math.sqrt(width)  # rounding; of noise it is a hundred times that
    assert part.std() < 40


def test_a_blurred_face_is_no_face_any_more(astronaut):
    found = find_faces(astronaut, 0.5)
    assert len(found) == 1
    assert find_faces(blurred(astronaut, with_margins(found, astronaut.size)), 0.3) == ()


def test_the_png_holds_the_blurred_pixels_and_no_metadata(astronaut):
    image, boxes = astronaut.copy(), [_box(10, 20, 30, 40)]
    image.info = {"icc_profile": b"private", "comment": b"private", "exif": b"private"}
    data = blurred_png(image, boxes)
    with Image.open(io.BytesIO(data)) as file:
        assert file.format == "PNG"
        assert file.info == {}
        assert file.convert("RGB").tobytes() == blurred(astronaut, boxes).tobytes()
    assert b"private" not in data
    assert data == blurred_png(image, boxes)


@pytest.mark.parametrize("box", [_box(61, 0, 5, 5), _box(0, 47, 5, 5, "face")])
def test_a_box_outside_the_picture_is_refused(box):
    with pytest.raises(ImageError, match="lies outside the picture"):
        with_margins([box], (WIDTH, HEIGHT))


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_thin_pictures_are_blurred_whole(noise, size):
    (box,) = with_margins([_box(0, 0, 9000, 9000, "face")], size)
    assert (box.width, box.height) == size
    assert blurred(noise(*size), [box]).size == size
