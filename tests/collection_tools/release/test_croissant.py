import json
import subprocess
import sys

import pytest

from collection_tools.release.release import release
from nlcl_bench.core.digest import sha256_file

READ = """
import itertools, json, sys, warnings
warnings.simplefilter("ignore")
import mlcroissant
dataset = mlcroissant.Dataset(sys.argv[1])
rows = list(itertools.islice(dataset.records("paired"), 2))
print(json.dumps({
    "errors": sorted(dataset.metadata.issues.errors), "warnings": sorted(dataset.metadata.issues.warnings),
    "ids": [row["paired/image_id"].decode() for row in rows],
    "sizes": [[row["paired/image"].size, row["paired/clean"].size] for row in rows],
    "authors": [row["paired/rights/author"].decode() for row in rows],
    "biases": list(dataset.metadata.data_biases), "private": list(dataset.metadata.personal_sensitive_information),
}))
"""


@pytest.fixture(scope="module")
def released(made, tmp_path_factory):
    pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    folder = tmp_path_factory.mktemp("croissant") / "rel"
    return folder, release(
        made / "curated", folder, without_face_check=True, title='Odd" <title> \\ \u2028', name="a.b_c"
    )


def test_mlcroissant_accepts_it_and_reads_pictures_through_it(released):
    folder, done = released
    found = json.loads(
        subprocess.run(
            [sys.executable, "-c", READ, folder / "croissant.json"], check=True, capture_output=True, text=True
        ).stdout
    )
    assert found["errors"] == []
    assert len(found["warnings"]) == 1
    assert "datePublished" in found["warnings"][0]  # equal releases have equal bytes, so none is dated
    rows = {row.record.image_id: row.record for part in done.parts if part.config == "paired" for row in part.rows}
    assert set(found["ids"]) == set(rows)
    assert found["authors"] == ["Ada", "Ada"]
    assert all(image == clean for image, clean in found["sizes"])
    assert any("country" in sentence for sentence in found["biases"])
    assert any("Faces were not searched" in sentence for sentence in found["private"])


def test_its_digests_and_sizes_are_those_of_the_shards(released):
    folder, _ = released
    files = [
        one
        for one in json.loads((folder / "croissant.json").read_text())["distribution"]
        if one["@type"] == "cr:FileObject"
    ]
    assert {one["contentUrl"] for one in files} == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")
    }
    for one in files:
        assert one["sha256"] == sha256_file(folder / one["contentUrl"])
        assert one["contentSize"] == f"{(folder / one['contentUrl']).stat().st_size} B"


def test_every_column_of_a_row_is_described_once(released):
    folder, _ = released
    for record_set in json.loads((folder / "croissant.json").read_text())["recordSet"]:
        ids = [field["@id"] for field in record_set["field"]]
        assert len(ids) == len(set(ids))
        assert {f"{record_set['name']}/image", f"{record_set['name']}/rights/licence"} <= set(ids)
