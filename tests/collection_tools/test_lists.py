import csv
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collection_tools.collect.store import open_store, read_rejected
from nlcl_bench.core.errors import InputError


def write_list(path, rows):
    """Write rows, which all have the same keys, as CSV or Parquet."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.DictWriter(file, list(rows[0]))
            lines.writeheader()
            lines.writerows(rows)
    return path


def rejected(store):
    return {row.file: row.reason for row in read_rejected(store).values()}


@pytest.fixture(params=["list.csv", "list.parquet"])
def name(request):
    return request.param


def test_what_a_row_says_wins_over_sources_files_and_options(album, gather, tmp_path, name):
    folder = album(3)
    (folder / "sources.toml").write_text('author = "Folder"\nconsent = "folder"')
    rows = [
        {
            "path": "000.jpg",
            "licence": "cc0-1.0",
            "author": "Row, Ada",
            "source": "https://example.org",
            "consent": "asked",
        },
        {"path": "001.jpg", "licence": None, "author": None, "source": None, "consent": None},
    ]
    assert gather(write_list(folder / name, rows)).added == 2
    found = {row.file: tuple(row.rights.model_dump().values()) for row in open_store(tmp_path / "store").values()}
    assert found == {
        "album/000.jpg": ("CC0-1.0", "Row, Ada", "https://example.org", "asked"),
        "album/001.jpg": ("CC-BY-4.0", "Folder", None, "folder"),
    }


def test_a_second_collect_of_a_list_changes_no_byte_and_the_folder_gives_the_same_names(
    album, gather, tmp_path, tree, name
):
    folder = album(2)
    listing = write_list(folder / name, [{"path": "000.jpg"}, {"path": "001.jpg"}, {"path": "gone.jpg"}])
    gather(listing)
    before = tree(tmp_path / "store")
    assert gather(listing).known == 2
    assert tree(tmp_path / "store") == before
    listing.unlink()
    assert gather(folder).known == 2
    assert tree(tmp_path / "store") == before


def test_twins_that_a_list_names_are_linked(album, gather, tmp_path, camera_jpeg, name):
    folder = album(4)
    (folder / "dry").mkdir()
    (folder / "dry" / "other name.jpg").write_bytes(camera_jpeg(50))
    rows = [
        {"path": "000.jpg", "clean": "dry/other name.jpg"},
        {"path": "001.jpg", "clean": "dry/missing.jpg"},
        {"path": "002.jpg", "clean": None},
        {"path": "003.jpg", "clean": "../outside.jpg"},
    ]
    listing = write_list(folder / name, rows)
    done = gather(listing)
    assert (done.added, done.unpaired) == (5, 2)
    found = {row.file: row for row in open_store(tmp_path / "store").values()}
    assert found["album/000.jpg"].clean_sha256 == found["album/dry/other name.jpg"].sha256
    assert found["album/dry/other name.jpg"].domain == "clean"
    assert rejected(tmp_path / "store") == {
        "album/dry/missing.jpg": "is in the list, but not there",
        "album/\\x2e\\x2e/outside.jpg": "has a name that leads out of its folder",
    }
    with pytest.raises(InputError, match="pairs need rainy"):
        gather(listing, domain="clean", into=tmp_path / "other")
    assert not (tmp_path / "other" / "rejected.parquet").exists()


def test_rows_that_lead_out_or_nowhere_are_rejected_and_the_rest_is_collected(
    album, gather, tmp_path, camera_jpeg, name
):
    folder = album(1)
    (tmp_path / "secret.jpg").write_bytes(camera_jpeg(9))
    (folder / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "out").symlink_to(tmp_path)
    (folder / "round.jpg").symlink_to("round.jpg")
    (folder / "inside.jpg").symlink_to("000.jpg")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    paths = ["../secret.jpg", str(tmp_path / "secret.jpg"), "folder/../../secret.jpg", "out.jpg", "out/secret.jpg"]
    paths += ["round.jpg", "folder", "pipe.jpg", "missing.jpg", "n" * 300 + ".jpg", ".", "new\nline.jpg", "000.jpg"]
    done = gather(write_list(folder / name, [{"path": path} for path in [*paths, "inside.jpg"]]))
    assert (done.added, done.known) == (1, 1)
    found = rejected(tmp_path / "store")
    assert sum(done.reasons.values()) == len(paths) - 1
    assert found["album/out.jpg"] == found["album/out/secret.jpg"] == "is a link that leads out of the folder"
    assert found["album/folder"] == found["album/pipe.jpg"] == "is no file"
    assert found["album/round.jpg"] == found["album/new\nline.jpg"] == "is in the list, but not there"
    assert sum(reason == "has a name that leads out of its folder" for reason in found.values()) == 3
    assert not any(".." in file.split("/") or file.startswith("/") for file in found)


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        ({"path": "000.jpg", "license": "MIT", "Autor": "Ada"}, r"columns that are not known: Autor, license"),
        ({"licence": "MIT"}, "no column path"),
        ({"path": "000.jpg", "licence": "free"}, "row 2 is not valid: licence"),
        ({"path": "000.jpg", "author": " "}, "row 2 is not valid: author"),
        ({"path": None, "author": "Ada"}, "row 2 is not valid: path"),
        ({"path": "x" * 5000}, "row 2 is not valid: path"),
    ],
)
def test_a_mistake_in_a_list_is_named_before_anything_is_collected(album, gather, tmp_path, name, row, finding):
    folder = album(1)
    good = {key: {"path": "000.jpg", "licence": "MIT"}.get(key, "Ada") for key in row}
    listing = write_list(folder / name, [good, row])
    with pytest.raises(InputError, match=rf"{name}: .*{finding}"):
        gather(listing)
    assert not (tmp_path / "store" / "objects").exists()


def test_a_parquet_column_that_holds_no_text_is_named(album, gather):
    listing = album(1) / "list.parquet"
    pq.write_table(pa.table({"path": ["000.jpg"], "author": [5]}), listing)
    with pytest.raises(InputError, match="row 1 is not valid: author"):
        gather(listing)
    pq.write_table(pa.table({"path": [["000.jpg"]]}), listing)
    with pytest.raises(InputError, match="row 1 is not valid: path"):
        gather(listing)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (b"", "no column path"),
        (b"path,author\n000.jpg\n", "line 2 has 1 cells for 2 columns"),
        (b"path\n000.jpg,Ada\n", "line 2 has 2 cells for 1 columns"),
        (b"path,path\n000.jpg,000.jpg\n", "a column twice"),
        (b'path\n"000.jpg', "cannot be read as CSV"),
        (b"path\n\xff\xfe.jpg\n", "cannot be read as CSV"),
        (b"path\n" + b"x" * 200_000, "cannot be read as CSV"),
    ],
)
def test_a_csv_that_is_none_is_a_clear_error(album, gather, text, finding):
    listing = album(1) / "list.csv"
    listing.write_bytes(text)
    with pytest.raises(InputError, match=finding):
        gather(listing)


def test_a_csv_from_a_spreadsheet_is_read_with_its_mark_blank_lines_and_quotes(album, gather, tmp_path):
    listing = album(2) / "LIST.CSV"
    listing.write_bytes('\ufeffpath,author\r\n000.jpg,"Ada ""A"", Example"\r\n\r\n001.jpg,Zoë\r\n'.encode())
    assert gather(listing).added == 2
    authors = {row.rights.author for row in open_store(tmp_path / "store").values()}
    assert authors == {'Ada "A", Example', "Zoë"}


def test_a_parquet_file_that_is_damaged_is_a_clear_error(album, gather):
    listing = write_list(album(1) / "list.parquet", [{"path": "000.jpg"}])
    whole = listing.read_bytes()
    for tenth in range(10):
        listing.write_bytes(whole[: len(whole) * tenth // 10])
        with pytest.raises(InputError, match="cannot be read as Parquet"):
            gather(listing)


def test_a_list_inside_a_folder_is_not_followed(album, gather, tmp_path):
    folder = album(1)
    write_list(folder / "list.csv", [{"path": "000.jpg"}])
    assert gather(folder).added == 1
    assert rejected(tmp_path / "store") == {"album/list.csv": "is not an image we can read"}
