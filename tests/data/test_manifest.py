"""Manifests keep their rows, whatever they hold, and refuse what is no row."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlcl_bench.core.errors import ManifestError
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Capture, Record, Rights
from nlcl_bench.data.schema import arrow_schema

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
captures = st.builds(Capture, camera_make=st.none() | text, iso=st.none() | st.integers(1, 10**6))
records = st.builds(
    lambda sha256, width, split, capture, author: Record(
        image_id=sha256[:16],
        sha256=sha256,
        file_name=f"{sha256[:16]}.jpg",
        width=width,
        height=1,
        domain="rainy",
        split=split,
        scene_id=sha256[:16],
        rain_kinds=("streak",),
        capture=capture,
        rights=Rights(licence="CC0-1.0", author=author),
    ),
    digests,
    st.integers(1, 10**5),
    st.sampled_from(["train", "validation", "test"]),
    captures,
    text,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(records, max_size=8))
def test_what_is_written_is_read(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("manifest")
    manifest.write_part(rows[:3], Record, folder / "part-000001.parquet")
    manifest.write_part(rows[3:], Record, folder / "part-000002.parquet")
    again = list(manifest.read(folder, Record))
    assert again == rows
    assert manifest.digest(again) == manifest.digest(rows)


@given(st.lists(records, min_size=2, max_size=5, unique_by=lambda row: row.sha256))
def test_the_digest_knows_order_and_content(rows):
    assert manifest.digest(rows) != manifest.digest(rows[::-1])
    assert manifest.digest(rows) != manifest.digest(rows[1:])


def test_equal_rows_give_equal_bytes(tmp_path):
    rows = [Rights(licence="CC0-1.0", author=str(number)) for number in range(5)]
    for name in "ab":
        manifest.write_part(rows, Rights, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_id", "../../etc/passwd"),
        ("file_name", "/etc/passwd"),
        ("split", "everything"),
        ("width", -1),
        ("sha256", "0" * 63),
    ],
)
def test_a_row_from_a_stranger_is_validated(tmp_path, field, value):
    row = Record(
        image_id="0" * 16,
        sha256="0" * 64,
        file_name=f"{'0' * 16}.jpg",
        width=1,
        height=1,
        domain="rainy",
        split="test",
        scene_id="0" * 16,
        rights=Rights(licence="CC0-1.0", author="tests"),
    ).model_dump(mode="json")
    table = pa.Table.from_pylist([{**row, field: value}], schema=arrow_schema(Record))
    pq.write_table(table, tmp_path / "part-000001.parquet")
    with pytest.raises(ManifestError, match=f"row is not valid: {field}"):
        list(manifest.read(tmp_path, Record))


def test_a_field_without_a_value_does_not_change_the_digest():
    """A later version may add an optional field; releases that were pinned before stay valid."""

    class Later(Rights):
        checked_by: str | None = None

    now, later = (model(licence="CC0-1.0", author="a") for model in (Rights, Later))
    assert manifest.digest([now]) == manifest.digest([later])
