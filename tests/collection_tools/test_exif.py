import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from collection_tools.collect.exif import read_capture
from nlcl_bench.data.record import Capture


def test_the_allow_list_is_read_and_the_hour_kept_without_minutes(camera_jpeg, private_words):
    capture = read_capture(camera_jpeg())
    assert capture == Capture(
        camera_make="Acme",
        camera_model="Acme R1",
        lens_model="Acme 35mm",
        exposure_seconds=0.008,
        f_number=2.8,
        iso=400,
        focal_length_mm=35.0,
        taken_at="2024-05-17T18",
    )
    assert not any(word.decode() in capture.model_dump_json() for word in private_words)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"II*\0\xff\xff\xff\xff"]
)
def test_no_exif_gives_an_empty_capture(data):
    assert read_capture(data) == Capture()


def test_nonsense_values_are_left_out(photograph, encoded):
    exif = Image.Exif()
    exif[0x0110] = "two\nlines\x07 " + "x" * 5000
    details = exif.get_ifd(0x8769)
    details[0x829D] = (0, 0)
    details[0x829A] = 0.0
    details[0x9003] = "0000:00:00 00:00:00"
    capture = read_capture(encoded(photograph(1), exif=exif))
    assert (capture.f_number, capture.exposure_seconds, capture.taken_at) == (None, None, None)
    assert capture.camera_model is not None
    assert capture.camera_model.startswith("two lines x")
    assert len(capture.camera_model) <= 120


@settings(max_examples=80, deadline=2000)
@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20))
def test_damaged_exif_is_never_an_error(places):
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    exif.get_ifd(0x8769)[0x829D] = 2.8
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    file = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(file, "JPEG", exif=exif)
    data = bytearray(file.getvalue())
    (length,) = struct.unpack(">H", data[22:24])
    for place, value in places:
        data[24 + int(place * (length - 3))] = value
    assert isinstance(read_capture(bytes(data)), Capture)
