"""What is in a known test set is kept out, and the list of the set holds no picture."""

import pytest
from PIL import Image

from collection_tools.curate.against import Fingerprint, fingerprint
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_dropped
from collection_tools.curate.recipe import read_recipe
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Row


@pytest.fixture
def run(tmp_path):
    def again(*lists):
        done = curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe(), against=lists, faces=False)
        return done, {row.file: row.reason for row in read_dropped(tmp_path / "curated")}

    return again


def test_the_same_pictures_and_other_versions_of_them_are_kept_out(album, gather, run, tmp_path, photograph, encoded):
    gather(album(4))
    known = tmp_path / "Rain7"
    (known / "input").mkdir(parents=True)
    small = Image.open(tmp_path / "album" / "002.jpg").resize((200, 170))
    (known / "input" / "x.png").write_bytes(encoded(small, "PNG"))
    (known / "input" / "y.png").write_bytes(encoded(Image.open(tmp_path / "album" / "001.jpg"), "PNG"))
    (known / "input" / "z.png").write_bytes(encoded(photograph(77), "PNG"))
    (known / "input" / "broken.png").write_bytes(b"no picture")
    pictures, problems = fingerprint(known, tmp_path / "rain7.parquet")
    assert pictures == 3
    assert len(problems) == 1
    assert "broken.png" in problems[0]
    assert run()[0].kept == 4
    done, reasons = run(tmp_path / "rain7.parquet")
    assert done.rejected == {"is in a known test set": 2}
    assert reasons == {
        "album/001.jpg": "is in a known test set: Rain7/input/y.png",
        "album/002.jpg": "is in a known test set: Rain7/input/x.png",
    }


def test_lists_that_are_none_are_refused(album, gather, run, tmp_path):
    gather(album(1))
    with pytest.raises(InputError, match="no such list"):
        run(tmp_path / "missing.parquet")
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(ManifestError, match="cannot be read"):
        run(tmp_path / "text.parquet")

    class Loose(Row):
        name: str
        pixels: str
        hash: str
        thumbnail: str

    bad = Loose(name="x", pixels="0" * 64, hash="0" * 16, thumbnail="AAAA")
    manifest.write_part([bad], Loose, tmp_path / "bad.parquet")
    with pytest.raises(ManifestError, match="row is not valid: thumbnail"):
        run(tmp_path / "bad.parquet")
    with pytest.raises(InputError, match=r"must end in \.parquet"):
        fingerprint(tmp_path / "album", tmp_path / "list.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        fingerprint(tmp_path / "empty", tmp_path / "list.parquet")


def test_a_list_is_the_same_however_often_it_is_made(album, tmp_path):
    fingerprint(album(3), tmp_path / "a.parquet")
    fingerprint(tmp_path / "album", tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert next(row.name for row in manifest.read_part(tmp_path / "a.parquet", Fingerprint)) == "album/000.jpg"
