"""Archives count as folders."""

import os
from itertools import pairwise

import pytest
from packing import KINDS, entries, files, pack, rejected

from collection_tools.collect import archives, tars
from collection_tools.collect.store import open_store
from collection_tools.collect.walk import walk
from nlcl_bench.core.errors import InputError


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_and_an_archive_of_it_give_the_same_photographs_in_the_same_order(tmp_path, photos, gather, kind):
    sources = [("street/sources.toml", b'author = "Bob"\n[files."deep/*"]\nconsent = "asked"'), (".hidden.jpg", b"x")]
    everything = [*photos, *sources, ("street/.cache/x.jpg", b"x"), ("note.txt", b"no photograph")]
    folder = tmp_path / "x"
    for name, content in everything:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    gather(folder, into=tmp_path / "from folder")
    archive = pack(tmp_path / kind, everything)
    done = gather(archive)
    assert (done.added, dict(done.reasons)) == (5, {"is not an image we can read": 1})

    def all_of(store, root):
        return [row.model_copy(update={"file": row.file.removeprefix(root)}) for row in open_store(store).values()]

    assert all_of(tmp_path / "store", f"{kind}/") == all_of(tmp_path / "from folder", "x/")
    in_folder = [one.relative for one in walk(folder, store=tmp_path)]
    assert [one.relative for one in walk(archive, store=tmp_path)] == in_folder
    authors = {row.file: (row.rights.author, row.rights.consent) for row in open_store(tmp_path / "store").values()}
    assert authors[f"{kind}/street.jpg"] == ("Ada", None)
    assert authors[f"{kind}/street/b.jpg"] == ("Bob", None)
    assert authors[f"{kind}/street/deep/c.jpg"] == ("Bob", "asked")


def test_archives_in_a_folder_count_as_folders_and_sources_around_them_speak(tmp_path, photos, gather, tree):
    folder = tmp_path / "photos"
    (folder / "week").mkdir(parents=True)
    pack(folder / "week" / "x.zip", photos[:1])
    pack(folder / "week" / "y.tar.gz", photos[1:2])
    (folder / "week" / "b.jpg").write_bytes(photos[2][1])
    (folder / "week" / "sources.toml").write_text('author = "Week"\n[files."x.zip/street/*"]\nauthor = "Zip"')
    before = tree(folder)
    assert gather(folder).added == 3
    authors = {row.file: row.rights.author for row in open_store(tmp_path / "store").values()}
    assert authors == {
        "photos/week/b.jpg": "Week",
        "photos/week/x.zip/street/b.jpg": "Zip",
        "photos/week/y.tar.gz/street.jpg": "Week",
    }
    assert tree(folder) == before
    store = tree(tmp_path / "store")
    assert gather(folder).known == 3
    assert tree(tmp_path / "store") == store


@pytest.mark.parametrize("kind", ["x.zip", "x.tar.gz"])
def test_twins_are_found_in_archives_and_in_archives_in_folders(tmp_path, photos, gather, photograph, encoded, kind):
    dry = [
        (f"{name[:-4]}.png", encoded(photograph(50 + i, size=(40, 30)), "PNG")) for i, (name, _) in enumerate(photos)
    ]
    for folder in ("rain", "dry", "one", "two"):
        (tmp_path / folder).mkdir()
    done = gather(pack(tmp_path / "rain" / kind, photos), clean=pack(tmp_path / "dry" / kind, dry), into=tmp_path / "a")
    assert (done.added, done.unpaired) == (10, 0)
    rows = {row.file: row for row in open_store(tmp_path / "a").values()}
    assert rows[f"{kind}/street/b.jpg"].clean_sha256 == rows[f"{kind}/street/b.png"].sha256
    done = gather(tmp_path / "rain", clean=tmp_path / "dry", into=tmp_path / "b")
    assert (done.added, done.unpaired) == (10, 0)


def test_twins_that_are_not_there_or_in_no_archive_stay_away(tmp_path, photos, gather):
    rain = tmp_path / "rain"
    rain.mkdir()
    pack(rain / "x.zip", [*photos, ("n" * 300 + "/a.jpg", photos[0][1]), ("dir\0/a.jpg", photos[0][1])])
    dry = tmp_path / "dry"
    dry.mkdir()
    (dry / "x.zip").write_bytes(b"no archive")
    assert gather(rain, clean=dry).unpaired == 7
    assert rejected(tmp_path / "store") == {"dry/x.zip": "is a damaged zip archive: File is not a zip file"}
    (tmp_path / "list.csv").write_text("path\n")
    with pytest.raises(InputError, match="column clean"):
        gather(rain, clean=tmp_path / "list.csv")


def test_of_a_damaged_archive_of_twins_the_rest_is_used_and_the_damage_told(tmp_path, photos, gather):
    rain, dry = pack(tmp_path / "rain.zip", photos), pack(tmp_path / "dry.tar", [(n, c + b"\0") for n, c in photos])
    dry.write_bytes(dry.read_bytes()[:6000])
    done = gather(rain, clean=dry)
    assert 0 < done.unpaired < 5
    assert done.added == 10 - done.unpaired
    assert rejected(tmp_path / "store")["dry.tar"].startswith("is a damaged tar archive")


@pytest.mark.parametrize("kind", ["x.zip", "x.tar.xz"])
def test_names_with_spaces_unicode_and_newlines(tmp_path, photos, gather, kind):
    names = ["a b.jpg", "дождь 雨.jpg", "new\nline.jpg", "[red]x.jpg", "./dot.jpg"]
    pack(tmp_path / kind, [(name, content) for name, (_, content) in zip(names, photos, strict=True)])
    assert gather(tmp_path / kind).added == 5
    assert files(tmp_path / "store") == sorted(f"{kind}/{name.removeprefix('./')}" for name in names)


@pytest.mark.parametrize("kind", ["x.zip", "x.tar.gz"])
def test_of_one_name_the_last_counts_and_nested_archives_are_refused(tmp_path, photos, gather, kind):
    pack(tmp_path / kind, [("a.jpg", photos[0][1]), ("./a.jpg", b"newer"), ("a.jpg", photos[1][1]), ("b.ZIP", b"PK")])
    done = gather(tmp_path / kind)
    (row,) = open_store(tmp_path / "store").values()
    assert (done.added, row.bytes) == (1, len(photos[1][1]))
    assert done.reasons == {"is in its archive several times": 2, "is an archive inside an archive": 1}
    assert rejected(tmp_path / "store")[f"{kind}/b.ZIP"] == "is an archive inside an archive"


def test_an_archive_that_is_whole_now_leaves_the_list(tmp_path, photos, gather):
    path = pack(tmp_path / "x.tar", photos)
    whole = path.read_bytes()
    path.write_bytes(whole[:1024])
    assert gather(path).reasons == {"is a damaged tar archive": 1, "is damaged in its archive": 1}
    path.write_bytes(whole)
    assert gather(path).usable == 5
    assert rejected(tmp_path / "store") == {}


@pytest.mark.parametrize("text", [b"licence = 5", b"\xff", b"x = " + b"[" * 5000, bytes(2 << 20)])
def test_a_sources_file_in_an_archive_that_cannot_be_read_is_an_error_not_a_guess(tmp_path, photos, gather, text):
    pack(tmp_path / "x.zip", [*photos, ("sources.toml", text)])
    with pytest.raises(InputError, match=r"x\.zip/sources\.toml"):
        gather(tmp_path / "x.zip")


def test_a_packed_tar_is_read_forward_in_few_passes(tmp_path, photos, monkeypatch):
    reversed_order = sorted(photos, key=lambda one: one[0].split("/"), reverse=True)
    pack(tmp_path / "x.tar.gz", reversed_order)
    places = []
    read = tars.TarArchive.read
    monkeypatch.setattr(
        tars.TarArchive, "read", lambda self, place, size: places.append(place) or read(self, place, size)
    )
    assert dict(entries(tmp_path / "x.tar.gz")) == {f"x.tar.gz/{name}": content for name, content in photos}
    assert places == sorted(places)
    places.clear()
    monkeypatch.setattr(tars, "_READ_AHEAD", 1)
    assert len(entries(tmp_path / "x.tar.gz")) == 5
    assert sum(later < earlier for earlier, later in pairwise(places)) == 4


def test_what_is_no_archive_list_or_folder_is_a_clear_error(tmp_path, gather):
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="neither folder, archive, video nor list"):
        gather(tmp_path / "a.jpg")
    with pytest.raises(InputError, match="no such folder"):
        gather(tmp_path / "missing.zip")


def test_archives_are_told_by_their_names():
    assert all(archives.is_archive(name) for name in KINDS)
    assert not archives.is_archive("x.gz")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_archive_is_rejected(tmp_path, photos):
    for kind in ("x.zip", "x.tar"):
        pack(tmp_path / kind, photos).chmod(0)
        assert entries(tmp_path / kind) == [(kind, "cannot be read: Permission denied")]
