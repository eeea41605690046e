from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from nlcl_bench.core.errors import ManifestError
from nlcl_bench.data import manifest
from nlcl_bench.data.indexed import Indexed
from nlcl_bench.data.record import Box, Measure, Row


class Line(Row):
    name: str
    value: int
    boxes: tuple[Box, ...] = ()
    measure: Measure | None = None


class ShortLine(Row):
    name: str
    value: int


class Digit(Row):
    name: str
    value: int


class Small(Row):
    name: str
    value: Annotated[int, Field(lt=10)]


class Text(Row):
    name: str
    value: str


names = st.text("abcé", min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(names, st.integers(0, 99)), max_size=9), max_size=4), st.lists(names, max_size=5))
def test_it_is_a_sorted_dictionary_in_which_the_last_row_of_a_name_counts(tmp_path_factory, written, asked):
    folder = tmp_path_factory.mktemp("manifest")
    box = Box(left=0, top=1, width=2, height=3, kind="face")
    for number, rows in enumerate(written):
        lines = [Line(name=name, value=value, boxes=(box,) * (value % 2)) for name, value in rows]
        manifest.write_part(lines, Line, folder / f"part-{number:06d}.parquet")
    plain = {}
    for rows in written:
        plain.update(dict(rows))
    found = Indexed([folder], Line, key="name")
    assert {name: row.value for name, row in found.items()} == plain
    assert list(found) == sorted(plain, key=str.encode) == [row.name for row in found.rows()]
    assert len(found) == len(plain)
    assert [row.name for row in found.among(asked)] == [name for name in asked if name in plain]
    assert all(len(row.boxes) == row.value % 2 for row in found.rows())
    assert "zz" not in found


def test_parts_of_an_older_version_lack_new_columns(tmp_path):
    manifest.write_part([ShortLine(name="a", value=1)], ShortLine, tmp_path / "part-000001.parquet")
    manifest.write_part([Line(name="b", value=2)], Line, tmp_path / "part-000002.parquet")
    assert [(row.name, row.boxes) for row in Indexed([tmp_path], Line, key="name").rows()] == [("a", ()), ("b", ())]


def test_a_row_that_is_not_valid_and_a_part_that_is_none_are_named(tmp_path):
    manifest.write_part([Text(name="a", value="x")], Text, tmp_path / "part-000001.parquet")
    with pytest.raises(ManifestError, match="columns of another kind"):
        Indexed([tmp_path], Line, key="name")
    manifest.write_part([Digit(name="a", value=10)], Digit, tmp_path / "part-000001.parquet")
    found = Indexed([tmp_path], Digit, key="name")
    assert found["a"].value == 10
    with pytest.raises(ManifestError, match="row is not valid: value"):
        Indexed([tmp_path], Small, key="name")["a"]
    (tmp_path / "part-000001.parquet").write_bytes(b"no parquet")
    with pytest.raises(ManifestError, match=r"part-000001\.parquet: cannot be read"):
        Indexed([tmp_path], Line, key="name")
