import json
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from collection_tools.curate.curated import read_records
from collection_tools.release.facts import facts
from collection_tools.release.front import as_yaml, quoted
from collection_tools.release.release import release
from collection_tools.release.seal import is_sealed
from collection_tools.release.words import markdown, plain
from nlcl_bench.core.images import decode_file

LOAD = """
import json, sys, datasets
from huggingface_hub import DatasetCard
from datasets.utils.metadata import MetadataConfigs
folder = sys.argv[1]
card = DatasetCard.load(folder + "/README.md")
configs = MetadataConfigs.from_dataset_card_data(card.data)
builder = datasets.load_dataset_builder(folder)
said = {split: (one.num_examples, one.num_bytes) for split, one in builder.info.splits.items()}
rows = datasets.load_dataset(folder)
print(json.dumps({
    "default": configs.get_default_config_name(), "configs": sorted(configs), "config": builder.config.name,
    "said": said,
    "rows": {split: part.num_rows for split, part in rows.items()}, "names": rows[next(iter(rows))].column_names,
    "features": str(builder.info.features) == str(rows[next(iter(rows))].features),
    "download": builder.info.download_size,
}))
"""


@pytest.fixture(scope="module")
def released(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("card") / "rel"
    odd = 'no: "1e3" <b> ``` # {{ x }} {%'
    done = release(
        made / "curated", folder, without_face_check=True, title=odd, repo="rain-lab/street", version="v2.0.1"
    )
    return folder, done


def test_datasets_believes_the_card_in_a_new_process(released, tmp_path):
    folder, done = released
    environment = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin"}
    found = json.loads(
        subprocess.run(
            [sys.executable, "-c", LOAD, folder], env=environment, check=True, capture_output=True, text=True
        ).stdout
    )
    rainy = {part.split: len(part.rows) for part in done.parts if part.config == "rainy"}
    assert found["rows"] == rainy
    assert found["default"] == found["config"] == "rainy"
    assert found["configs"] == ["clean", "paired", "rainy"]
    assert {split: count for split, (count, _) in found["said"].items()} == rainy
    assert found["features"]
    assert found["download"] == sum(path.stat().st_size for path in (folder / "rainy").iterdir())


def test_a_strangers_words_stay_words_in_the_front_matter_and_the_text(released):
    folder, _ = released
    text = (folder / "README.md").read_text()
    assert is_sealed(text)
    _, front, body = text.split("---\n", 2)
    head = yaml.safe_load(front)
    assert head["pretty_name"] == 'no: "1e3" <b> ``` # {{ x }} {%'
    assert (head["license"], head["license_name"], head["license_link"]) == ("other", "mixed-per-image", "LICENSE.md")
    assert head["annotations_creators"] == ["machine-generated", "expert-generated"]
    for page in (body, (folder / "LICENSE.md").read_text()):
        html = MarkdownIt("commonmark").enable("table").render(page)
        assert "<script" not in html
        assert "javascript" not in html.replace("(javascript:1)", "")
        assert 'href="http' not in html or "spdx.org" in html
    assert 'load_dataset("rain-lab/street", "rainy"' in body
    assert 'revision="v2.0.1"' in body
    assert json.loads((folder / "croissant.json").read_text())["version"] == "2.0.1"


def test_the_benchmarks_tasks_name_what_there_is(released):
    folder, done = released
    tasks = yaml.safe_load((folder / "eval.yaml").read_text())["tasks"]
    assert {(task["config"], task["split"]) for task in tasks} <= {(part.config, part.split) for part in done.parts}
    assert len({task["id"] for task in tasks}) == len(tasks) > 0


@given(st.text(max_size=60))
def test_any_text_is_shown_as_it_is(text):
    page = MarkdownIt("commonmark").enable("table").render(f"| a | b |\n| --- | --- |\n| x | x{markdown(text)}x |\n")
    (cell,) = [line for line in page.splitlines() if line.startswith("<td>x") and line != "<td>x</td>"] or [
        "<td>xx</td>"
    ]
    shown = cell.removeprefix("<td>").removesuffix("</td>")
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        shown = shown.replace(entity, sign)
    assert shown == f"x{plain(text)}x"


@given(st.text(max_size=60))
def test_any_text_is_the_same_text_in_yaml(text):
    assert yaml.safe_load(as_yaml({"a": quoted(plain(text))})) == {"a": plain(text)}


def test_the_strip_is_small_and_shows_nothing_hidden(own, tmp_path):
    records = [record.model_copy(update={"reviewed": True}) for record in read_records(own / "curated")]
    from nlcl_bench.data import manifest
    from nlcl_bench.data.record import Record

    manifest.write_part(records, Record, own / "curated" / "manifest" / "part-000001.parquet")
    for name in ("one", "two"):
        release(own / "curated", tmp_path / name)  # a person has looked at all
    data = (tmp_path / "one" / "samples.jpg").read_bytes()
    assert data == (tmp_path / "two" / "samples.jpg").read_bytes()
    assert len(data) < 400_000
    assert decode_file(tmp_path / "one" / "samples.jpg").size[0] == 4 * 304 - 4
    text = (tmp_path / "one" / "README.md").read_text()
    strip = text.split("samples.jpg")[1].split("## Load")[0]
    assert not any(record.image_id in strip for record in records if record.blurred)
    pairs = [(record.image_id, record.clean_id) for record in records if record.clean_id]
    assert all(strip.index(rainy) < strip.index(clean) for rainy, clean in pairs)


def test_the_numbers_are_counted_from_the_records(made):
    records = read_records(made / "curated")
    known = facts(records, faces=True, left_out=0)
    assert known.images == len(records) == sum(count for _, count in known.licences)
    assert known.rainy == sum(count for _, count in known.times)
    assert known.pairs == 2
    assert known.hidden == 1
    assert known.converted == 1
    assert dict(known.sources)["www.example.org"] == known.rainy + 2
