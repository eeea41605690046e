"""Parquet bombs: small files that would unpack to gigabytes are refused before anything is unpacked."""

from __future__ import annotations

import io
import resource
import struct
import time
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlcl_bench.core.errors import RunError
from nlcl_bench.evaluation.intake import Found, Refusal, Run, read
from nlcl_bench.evaluation.pages import check_pages
from nlcl_bench.evaluation.run import read_run, run_id, write_run
from tests.leaderboard.conftest import CHANGE, NIQE, sha

LARGE = 20_000_000


def same(text, rows):
    return pa.array([text]).take(pa.array(np.zeros(rows, dtype=int)))


def scores(images, metric):
    rows = len(images)
    facts = {name: same("0" * size, rows) for name, size in (("scene_id", 16), ("input_sha256", 64))}
    table = {"image_id": images, "metric": metric, "value": np.full(rows, 3.0), **facts}
    return pa.table(table | {"output_sha256": same("0" * 64, rows)})


def twelve(metric):
    return scores([f"{number:016x}" for number in range(12)], metric)


def sent(folders, table, *, images=12, **options):
    """Return a run folder whose table is another one."""
    path = folders.write("a", {NIQE: 3.0, CHANGE: 5.0}, complete=False)
    said = read_run(path)
    benchmark = said.benchmark.model_copy(update={"images": images})
    made = run_id(benchmark, said.method, said.protocol, said.metrics)
    write_run(said.model_copy(update={"benchmark": benchmark, "run_id": made}), path)
    pq.write_table(table, path / "scores.parquet", compression="zstd", **options)
    return path


def varint(number):
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def lying(path):
    """Say in the footer that every column is small; what stands before the pages stays as it is."""
    file = path / "scores.parquet"
    data = file.read_bytes()
    (size,) = struct.unpack("<I", data[-8:-4])
    footer = data[-8 - size : -8]
    metadata = pq.read_metadata(file)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    told = [group.total_byte_size for group in groups]
    told += [group.column(number).total_uncompressed_size for group in groups for number in range(group.num_columns)]
    for number in told:
        if number > 1_000_000:
            large = varint(2 * number)
            small = b"\x80" * (len(large) - 1) + b"\x00"  # nothing, in as many bytes
            footer = footer.replace(large, small)
    file.write_bytes(data[: -8 - size] + footer + data[-8:])
    metadata = pq.read_metadata(file)
    assert sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)) < 1_000_000
    return path


def refused(path):
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    found = read(Found("here", path))
    assert time.perf_counter() - begun < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kilobytes
    assert isinstance(found, Refusal)
    assert "\n" not in str(found)
    return found.why


def test_a_file_of_some_kilobytes_that_unpacks_to_gigabytes_is_refused(folders):
    path = sent(folders, twelve(same("x" * LARGE, 12)), use_dictionary=False, write_statistics=False)
    assert (path / "scores.parquet").stat().st_size < 100_000
    assert refused(path) == "scores.parquet unpacks to more than 200,000,000 bytes"


def test_a_footer_that_lies_about_it_does_not_help(folders):
    path = sent(folders, twelve(same("x" * LARGE, 12)), use_dictionary=False, write_statistics=False)
    assert refused(lying(path)) == "scores.parquet unpacks to more than 200,000,000 bytes"


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_texts_that_repeat_the_one_before_are_refused(folders, version):
    """Three thousand times one text, in a page that holds it once: the footer is true, and room for all is needed."""
    table = scores(same("0" * 16, 3000), same("x" * 10_000, 3000))
    path = sent(
        folders,
        table,
        images=500_000,
        use_dictionary=False,
        write_statistics=False,
        column_encoding={"metric": "DELTA_BYTE_ARRAY"},
        data_page_version=version,
    )
    assert refused(path) == "scores.parquet packs a column in a way that is not taken from strangers"


def test_one_long_text_in_a_dictionary_for_a_million_rows_is_refused_by_what_it_is(folders):
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(900_000, np.int32)), pa.array(["x" * 1_000_000]))
    path = sent(folders, scores(same("0" * 16, 900_000), codes), images=500_000, store_schema=False)
    assert (path / "scores.parquet").stat().st_size < 100_000
    assert refused(path).startswith("scores.parquet holds a metric that run.json lacks: xxx")


def test_a_million_rows_are_read_in_seconds_and_one_more_is_refused(folders):
    ids = [f"{number:016x}" for number in range(500_000)]
    metric = pa.array([NIQE.id, CHANGE.id]).take(pa.array(np.repeat([0, 1], 500_000)))
    table = scores(pa.array(ids * 2), metric)
    begun = time.perf_counter()
    run = read(Found("here", sent(folders, table, images=500_000)))
    assert time.perf_counter() - begun < 30
    assert isinstance(run, Run)
    assert run.scores.shape == (500_000, 2)
    path = sent(folders, pa.concat_tables([table, table.slice(0, 1)]), images=600_000)
    assert refused(path) == "scores.parquet has 1,000,001 rows where at most 1,000,000 can be"


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_honest_tables_pass_however_they_are_compressed(tmp_path, version, compression, dictionary):
    file = tmp_path / "scores.parquet"
    table = scores([sha(str(number))[:16] for number in range(5000)], same("m", 5000))
    options = {"data_page_version": version, "compression": compression, "use_dictionary": dictionary}
    pq.write_table(table, file, data_page_size=4096, row_group_size=1500, **options)
    footer = pq.read_metadata(file)
    groups = range(footer.num_row_groups)
    packed = sum(footer.row_group(number).total_byte_size for number in groups)
    check_pages(file, footer, packed)
    with pytest.raises(RunError, match="unpacks to more than"):
        check_pages(file, footer, packed // 2)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_headers_are_refused_or_read_and_never_a_crash(data, tmp_path_factory):
    file = tmp_path_factory.mktemp("damaged") / "scores.parquet"
    pq.write_table(twelve(same("m", 12)), file)
    footer = pq.read_metadata(file)
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, footer.row_group(0).column(5).data_page_offset + 20))] = data.draw(
            st.integers(0, 255)
        )
    file.write_bytes(bytes(content))
    with suppress(RunError):
        check_pages(file, footer, 1_000_000)


@pytest.mark.parametrize(
    "header",
    [
        b"\x19" * 5000,
        b"\x1c" * 5000,
        b"\x19\xfc" + b"\xff" * 9,
        b"\x18\xff\xff\xff\xff\x0f",
        b"\x15\x01\x15\x01\x15\x01\0",
    ],
)
def test_headers_without_end_are_refused(tmp_path, header):
    file = tmp_path / "scores.parquet"
    pq.write_table(twelve(same("m", 12)), file)
    content = file.read_bytes()
    file.write_bytes(content[:4] + header + content[4 + len(header) :])
    footer = pq.read_metadata(io.BytesIO(content))
    with pytest.raises(RunError, match="header cannot be read"):
        check_pages(file, footer, 1_000_000)
