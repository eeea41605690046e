import os
import resource
import signal
import struct
import subprocess
import sys
import time
import zlib

import pytest

from collection_tools.collect.store import object_path, open_store, read_rejected
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import InputError, StorageError
from nlcl_bench.core.files import locked


def rejected(store):
    return {row.file: row.reason for row in read_rejected(store).values()}


def bomb(side=20_000):
    """A PNG of 20000 x 20000 pixels in a few hundred bytes: only its header says so."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 4096))
        + chunk(b"IEND", b"")
    )


def test_the_original_bytes_are_stored_untouched_under_their_digest(album, gather, tmp_path):
    folder = album(3)
    assert gather(folder).added == 3
    for row in open_store(tmp_path / "store").values():
        original = (tmp_path / row.file).read_bytes()
        assert object_path(tmp_path / "store", row.sha256, row.format).read_bytes() == original
        assert (row.sha256, row.bytes) == (sha256_bytes(original), len(original))
        assert (row.width, row.height, row.domain, row.format) == (320, 272, "rainy", "JPEG")


def test_sizes_are_those_of_the_upright_picture(tmp_path, camera_jpeg, gather):
    folder = tmp_path / "turned"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(camera_jpeg(1, orientation=6))
    gather(folder)
    (row,) = open_store(tmp_path / "store").values()
    assert (row.width, row.height) == (272, 320)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BIGTIFF", "WEBP", "BMP"])
def test_every_kind_of_file_is_collected_as_what_it_is(tmp_path, gather, photograph, encoded, kind):
    folder = tmp_path / "kinds"
    folder.mkdir()
    options = {"big_tiff": True} if kind == "BIGTIFF" else {}
    (folder / "misnamed.jpg").write_bytes(encoded(photograph(1), kind.removeprefix("BIG"), **options))
    gather(folder)
    (row,) = open_store(tmp_path / "store").values()
    assert row.format == kind.removeprefix("BIG")


def test_a_second_collect_adds_nothing_and_changes_no_byte(album, gather, tmp_path, tree):
    folder = album(4)
    (folder / "note.txt").write_text("no photograph")
    gather(folder)
    before = tree(tmp_path / "store")
    again = gather(folder)
    assert (again.added, again.completed, again.known) == (0, 0, 4)
    assert tree(tmp_path / "store") == before


def test_every_bad_file_has_its_reason_and_everything_good_goes_through(album, gather, tmp_path, camera_jpeg, encoded):
    folder = album(1)
    whole = camera_jpeg(7)
    (folder / "text.jpg").write_text("no photograph at all")
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "zero.jpg").write_bytes(b"")
    (folder / "bomb.png").write_bytes(bomb())
    os.mkfifo(folder / "pipe.jpg")
    (folder / "nowhere.jpg").symlink_to(folder / "missing.jpg")
    (folder / "round.jpg").symlink_to(folder / "round.jpg")
    (folder / "device.jpg").symlink_to("/dev/zero")
    (tmp_path / "secret.jpg").write_bytes(camera_jpeg(8))
    (folder / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "folder").symlink_to(tmp_path)
    done = gather(folder)
    assert done.added == 1
    found = rejected(tmp_path / "store")
    assert found["album/text.jpg"] == "is not an image we can read"
    assert found["album/truncated.jpg"].startswith("is damaged")
    assert found["album/zero.jpg"] == "is empty"
    assert "pixels" in found["album/bomb.png"]
    assert found["album/pipe.jpg"] == "is a device, pipe or socket"
    assert found["album/nowhere.jpg"] == found["album/round.jpg"] == "is a link that leads nowhere"
    assert found["album/out.jpg"] == found["album/device.jpg"] == "is a link that leads out of the folder"
    assert found["album/folder"] == "is a link that leads out of the folder"
    assert sum(done.reasons.values()) == len(found) == 10


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_rejected(album, gather, tmp_path):
    folder = album(2)
    (folder / "000.jpg").chmod(0)
    assert gather(folder).added == 1
    assert rejected(tmp_path / "store")["album/000.jpg"].startswith("cannot be read")


def test_a_file_that_is_good_now_leaves_the_list(album, gather, tmp_path, camera_jpeg):
    folder = album(1)
    (folder / "late.jpg").write_bytes(b"not yet")
    (folder / "never.jpg").write_bytes(b"never")
    gather(folder)
    (folder / "late.jpg").write_bytes(camera_jpeg(9))
    gather(folder)
    assert list(rejected(tmp_path / "store")) == ["album/never.jpg"]


def test_names_with_spaces_unicode_newlines_and_bytes_that_are_no_text(tmp_path, gather, camera_jpeg):
    folder = tmp_path / "odd names"
    folder.mkdir()
    names = ["a b.jpg", "дождь 雨.jpg", "new\nline.jpg", "[red]x.jpg"]
    for seed, name in enumerate(names):
        (folder / name).write_bytes(camera_jpeg(seed))
    with open(os.fsencode(folder) + b"/bytes\xff.jpg", "wb") as file:  # noqa: PTH123 (pathlib wants text)
        file.write(camera_jpeg(50))
    assert gather(folder).added == 5
    files = {row.file for row in open_store(tmp_path / "store").values()}
    assert files == {f"odd names/{name}" for name in names} | {"odd names/bytes\\udcff.jpg"}


def test_hidden_files_sources_and_the_store_itself_are_passed_over(album, gather, camera_jpeg):
    folder = album(2)
    (folder / ".hidden.jpg").write_bytes(camera_jpeg(3))
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.jpg").write_bytes(camera_jpeg(4))
    (folder / "sources.toml").write_text('author = "Bob"')
    for _ in range(2):
        done = gather(folder, into=folder / "store")
        assert (done.usable, sum(done.reasons.values())) == (2, 0)


def test_a_link_inside_the_folder_is_the_same_photograph(album, gather):
    folder = album(1)
    (folder / "same.jpg").symlink_to("000.jpg")
    done = gather(folder)
    assert (done.added, done.known) == (1, 1)


def test_a_missing_folder_is_a_clear_error(tmp_path, gather):
    with pytest.raises(InputError, match="no such folder"):
        gather(tmp_path / "missing")


def test_two_collects_at_once_do_not_write_one_store(album, gather, tmp_path):
    folder = album(1)
    (tmp_path / "store").mkdir()
    with locked(tmp_path / "store"), pytest.raises(StorageError, match="another nlcl-bench"):
        gather(folder)


def test_a_full_disk_is_a_clear_error_and_the_same_command_completes_the_store(album, gather, tmp_path, tree):
    folder = album(3)
    gather(folder, into=tmp_path / "calm")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StorageError, match="make room"):
            gather(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    gather(folder)
    assert tree(tmp_path / "store") == tree(tmp_path / "calm")


def test_one_photograph_cannot_be_rainy_and_clean(album, gather, tmp_path):
    folder = album(1)
    gather(folder, domain="rainy")
    done = gather(folder, domain="clean")
    assert done.usable == 0
    assert rejected(tmp_path / "store") == {"album/000.jpg": "is in the store already, as rainy"}


def test_a_licence_that_is_stated_later_is_learnt_and_a_known_one_stays(album, gather, tmp_path):
    folder = album(2)
    assert gather(folder, licence=None, author=None).unlicensed == 2
    assert gather(folder, licence="CC0-1.0", author="Ada").completed == 2
    assert gather(folder, licence=None, author=None).known == 2
    assert gather(folder, licence="MIT", author="Bob").known == 2
    assert {(row.rights.licence, row.rights.author) for row in open_store(tmp_path / "store").values()} == {
        ("CC0-1.0", "Ada")
    }


def test_twins_are_found_by_path_whatever_the_suffix_and_linked(tmp_path, gather, photograph, encoded):
    rain, dry = tmp_path / "rain", tmp_path / "dry"
    for folder in (rain / "street", dry / "street"):
        folder.mkdir(parents=True)
    (rain / "street" / "a.jpg").write_bytes(encoded(photograph(1)))
    (dry / "street" / "a.png").write_bytes(encoded(photograph(2), "PNG"))
    (rain / "street" / "b.jpg").write_bytes(encoded(photograph(3)))
    (rain / "c.jpg").write_bytes(encoded(photograph(4)))
    (dry / "c.jpg").write_bytes(encoded(photograph(5, size=(300, 272))))
    done = gather(rain, clean=dry)
    assert (done.added, done.unpaired) == (4, 2)
    rows = {row.file: row for row in open_store(tmp_path / "store").values()}
    assert rows["rain/street/a.jpg"].clean_sha256 == rows["dry/street/a.png"].sha256
    assert rows["dry/street/a.png"].domain == "clean"
    assert rows["rain/street/b.jpg"].clean_sha256 is None
    assert rejected(tmp_path / "store") == {"dry/c.jpg": "has another size than its rainy photograph"}


def test_a_twin_found_later_is_linked_and_never_lost(tmp_path, album, gather):
    rain, dry = album(1, "rain"), album(1, "dry", first=1)
    gather(rain)
    (dry / "001.jpg").rename(dry / "000.jpg")
    done = gather(rain, clean=dry)
    assert (done.added, done.completed) == (1, 1)
    gather(rain)
    assert sum(row.clean_sha256 is not None for row in open_store(tmp_path / "store").values()) == 1


def test_a_rainy_photograph_is_not_its_own_twin(tmp_path, album, gather):
    rain = album(1, "rain")
    done = gather(rain, clean=rain)
    assert (done.added, done.unpaired) == (1, 1)
    with pytest.raises(InputError, match="pairs need rainy"):
        gather(rain, clean=rain, domain="clean")


SCRIPT = """
import sys
from pathlib import Path
from collection_tools.collect import collect, sources, store
store.ROWS_PER_PART = 7
folder, clean, into = map(Path, sys.argv[1:])
collect.collect([folder], into, domain="rainy", given=sources.Stated(), clean=clean)
"""


def test_killed_again_and_again_a_collect_ends_as_if_undisturbed(tmp_path, tree, photograph, encoded):
    rain, dry = tmp_path / "rain", tmp_path / "dry"
    for number in range(90):
        folder = (dry if number % 3 == 2 else rain) / str(number // 30)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number // 3}.png").write_bytes(encoded(photograph(number, size=(40, 30)), "PNG"))
        (rain / f"bad{number % 5}.jpg").write_bytes(b"bad" * number)
        (rain / str(number // 30) / f"copy{number % 4}.png").write_bytes(encoded(photograph(1, size=(40, 30)), "PNG"))

    def start(into):
        return subprocess.Popen([sys.executable, "-c", SCRIPT, str(rain), str(dry), str(into)])

    assert start(tmp_path / "calm").wait() == 0
    calm = tree(tmp_path / "calm")
    assert len([name for name in calm if name.startswith("manifest/")]) > 3
    killed = 0
    for enough in (1, 28, len(calm) - 2):
        process = start(tmp_path / "killed")
        while process.poll() is None and sum(1 for _ in (tmp_path / "killed").rglob("*.p*")) < enough:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed >= 2
    assert start(tmp_path / "killed").wait() == 0
    assert tree(tmp_path / "killed") == calm


@pytest.mark.realdata
def test_real_camera_files_are_collected_with_their_cameras(real_photographs, gather, tmp_path):
    done = gather(real_photographs / "exif")
    assert done.added == 20
    rows = {row.file.split("/")[-1]: row for row in open_store(tmp_path / "store").values()}
    assert rows["Canon_40D.jpg"].capture.camera_model == "Canon EOS 40D"
    assert rows["gps__DSCN0010.jpg"].capture.taken_at == "2008-10-22T16"
    assert (rows["orientation__landscape_8.jpg"].width, rows["orientation__landscape_8.jpg"].height) == (600, 450)
