import json

import pytest

from collection_tools.curate.curated import read_records
from collection_tools.release.release import release
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Record


def rewrite(curated, records):
    manifest.write_part(records, Record, curated / "manifest" / "part-000001.parquet")


def test_the_card_tells_what_a_version_changed(own, tmp_path):
    records = read_records(own / "curated")
    single = [record for record in records if record.domain == "rainy" and record.clean_id is None]
    rewrite(own / "curated", [record for record in records if record != single[0]])
    release(own / "curated", tmp_path / "one", without_face_check=True, version="v1.0.0")
    changed = [
        record.model_copy(update={"reviewed": True}) if record == single[1] else record
        for record in records
        if record.domain == "rainy" or record.clean_id is None
    ]
    gone = next(
        record
        for record in changed
        if record.domain == "clean" and not any(other.clean_id == record.image_id for other in changed)
    )
    rewrite(own / "curated", [record for record in changed if record != gone])
    release(own / "curated", tmp_path / "two", without_face_check=True, version="v1.1.0", previous=tmp_path / "one")
    first, second = json.loads((tmp_path / "two" / "versions.json").read_text())["versions"]
    assert first == {
        "version": "v1.0.0",
        "images": len(records) - 1,
        "added": len(records) - 1,
        "removed": 0,
        "repictured": 0,
        "redescribed": 0,
    }
    assert [second[key] for key in ("added", "removed", "repictured", "redescribed")] == [1, 1, 0, 1]
    assert f"| v1.1.0 | {len(records) - 1} | 1 | 1 | 0 | 1 |" in (tmp_path / "two" / "README.md").read_text()
    with pytest.raises(InputError, match=r"is v1\.1\.0 or a later one itself"):
        release(own / "curated", tmp_path / "x", without_face_check=True, version="v1.1.0", previous=tmp_path / "two")
    with pytest.raises(InputError, match="is the folder to write to"):
        release(own / "curated", tmp_path / "two", without_face_check=True, previous=tmp_path / "two")


def test_a_folder_that_is_no_release_or_a_damaged_one_is_no_earlier_version(made, tmp_path):
    for content in (None, b"rubbish", b'{"versions": [{"version": 3}]}'):
        folder = tmp_path / "earlier"
        folder.mkdir(exist_ok=True)
        if content is not None:
            (folder / "versions.json").write_bytes(content)
        with pytest.raises(ManifestError):
            release(made / "curated", tmp_path / "x", without_face_check=True, previous=folder)
        assert not (tmp_path / "x").exists()
