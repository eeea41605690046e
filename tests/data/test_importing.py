"""A set that somebody has becomes a folder that evaluates, shows and verifies like a release, and says it is none."""

from __future__ import annotations

import os
import re
import shutil

import pytest

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import InputError, ManifestError, UnknownNameError
from nlcl_bench.data import load_split
from nlcl_bench.data.benchmark import read_benchmark
from nlcl_bench.data.importing.importing import import_set
from nlcl_bench.data.importing.template import read_template, template_names
from nlcl_bench.data.verify import verify

HEAD = """
name = "mine"
title = "Mine <b>"
source = "a drawer"
licence = "LicenseRef-unknown"
terms = "Nobody knows."
author = "Ada | Bob"
verified_on = "nothing"
"""
RAIN1400 = read_template("rain1400")


def template(tmp_path, *images):
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + "".join(f"[[images]]\n{one}\n" for one in images))
    return read_template(file)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def said(done):
    return [str(finding) for finding in done.findings]


def test_pairs_that_share_a_clean_image_are_one_scene_and_bytes_stay_as_they_are(foreign, tmp_path):
    done = import_set(foreign, RAIN1400, tmp_path / "in")
    samples = load_split(tmp_path / "in")
    originals = {sha256_bytes(path.read_bytes()) for path in foreign.rglob("rainy_image/*.jpg")}
    assert {sha256_bytes(sample.image) for sample in samples} == originals
    assert {record.sha256 for record in samples.records} == originals
    assert len({record.scene_id for record in samples.records}) == 3
    assert [(part.config, len(part.rows)) for part in done.parts] == [("rainy", 4), ("clean", 3), ("paired", 4)]
    assert {record.rights.licence for record in samples.records} == {"LicenseRef-unknown"}
    assert done.notes == ("test has 4 rainy images; the whole set has 1400",)


def test_lists_and_terms_beside_the_images_are_passed_over(tmp_path, photograph, encoded):
    for seed, name in enumerate(("rainy", "clean")):
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "a.png").write_bytes(encoded(photograph(seed)))
        (tmp_path / "set" / name / "sources.toml").write_text("terms = 1")
    done = import_set(tmp_path / "set", read_template("folders"), tmp_path / "in")
    assert done.findings == ()
    assert [(part.config, len(part.rows)) for part in done.parts] == [("rainy", 1), ("clean", 1), ("paired", 1)]


def test_what_was_imported_is_marked_verifies_and_tells_whose_it_is(foreign, tmp_path):
    import_set(foreign, RAIN1400, tmp_path / "in")
    assert read_benchmark(tmp_path / "in").imported
    assert verify(tmp_path / "in").wrong == ()
    card = (tmp_path / "in" / "README.md").read_text()
    assert "the import gives no right to pass them on" in card
    assert "LicenseRef-unknown" in card


def test_the_hubs_own_library_loads_it(foreign, tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    import_set(foreign, RAIN1400, tmp_path / "in")
    loaded = datasets.load_dataset(str(tmp_path / "in"), split="test")
    assert loaded[0]["image"].size == loaded[0]["clean"].size == (40, 32)


def test_again_gives_the_same_bytes_whatever_a_kill_left_and_however_many_processes(foreign, tmp_path):
    import_set(foreign, RAIN1400, tmp_path / "in")
    first = contents(tmp_path / "in")
    (tmp_path / "in" / "SHA256SUMS").unlink()
    (tmp_path / "in" / "paired" / "test-00000-of-00001.parquet").rename(tmp_path / "in" / "paired" / ".x.part")
    (tmp_path / "in" / "rainy" / "train-00000-of-00001.parquet").write_bytes(b"of an earlier import")
    import_set(foreign, RAIN1400, tmp_path / "in", jobs=2)
    assert contents(tmp_path / "in") == first


def test_missing_twins_and_damaged_files_stop_it_before_anything_is_written_or_are_left_out(foreign, tmp_path):
    (foreign / "testing" / "ground_truth" / "2.jpg").unlink()
    damaged = foreign / "testing" / "rainy_image" / "3_1.jpg"
    damaged.write_bytes(damaged.read_bytes()[:300])
    done = import_set(foreign, RAIN1400, tmp_path / "in")
    assert done.parts == ()
    assert not (tmp_path / "in").exists()
    assert said(done)[0] == "testing/rainy_image/2_1.jpg: has no clean image"
    assert said(done)[1].startswith("testing/rainy_image/3_1.jpg: is damaged")
    done = import_set(foreign, RAIN1400, tmp_path / "in", leave_out=True)
    assert [len(part.rows) for part in done.parts] == [2, 1, 2]
    assert "**Left out:** 2 files" in (tmp_path / "in" / "README.md").read_text()


def test_pairs_of_unlike_size_and_pairs_that_are_no_pairs_are_told(foreign, tmp_path, photograph, encoded):
    rainy, clean = foreign / "testing" / "rainy_image", foreign / "testing" / "ground_truth"
    (clean / "2.jpg").write_bytes(encoded(photograph(2, 41, 32), "JPEG"))
    shutil.copy(clean / "3.jpg", rainy / "3_1.jpg")
    shutil.copy(rainy / "1_1.jpg", rainy / "3_2.jpg")
    assert said(import_set(foreign, RAIN1400, tmp_path / "in")) == [
        "testing/rainy_image/2_1.jpg: is 40x32, but its clean image 41x32",
        "testing/rainy_image/3_1.jpg: is byte for byte its clean image",
        "testing/rainy_image/3_2.jpg: is a copy of testing/rainy_image/1_1.jpg, but has another clean image",
    ]


def test_a_scene_in_two_splits_is_a_leak_and_one_split_alone_is_none(foreign, tmp_path):
    shutil.copytree(foreign / "testing", foreign / "training")
    for path in (foreign / "training" / "rainy_image").iterdir():
        with path.open("ab") as file:
            file.write(b"\0")  # another file of the same scene
    with pytest.raises(ManifestError, match="lies in two splits"):
        import_set(foreign, RAIN1400, tmp_path / "in")
    done = import_set(foreign, RAIN1400, tmp_path / "in", split="train")
    assert {part.split for part in done.parts} == {"train"}


def test_only_the_first_images_are_taken_with_a_limit(foreign, tmp_path):
    done = import_set(foreign, RAIN1400, tmp_path / "in", limit=2)
    assert [len(part.rows) for part in done.parts] == [2, 1, 2]
    assert done.notes == ()


def test_links_that_lead_out_of_the_set_are_not_followed(foreign, tmp_path):
    rainy = foreign / "testing" / "rainy_image"
    secret = tmp_path / "secret.jpg"
    shutil.move(rainy / "2_1.jpg", secret)
    (rainy / "2_1.jpg").symlink_to(secret)
    os.mkfifo(rainy / "3_9.jpg")
    findings = said(import_set(foreign, RAIN1400, tmp_path / "in"))
    assert "testing/rainy_image/2_1.jpg: is a link that leads out of the folder" in findings
    assert "testing/rainy_image/3_9.jpg: is a device, pipe or socket" in findings


def test_kinds_that_a_release_does_not_hold_become_png_and_say_so(tmp_path, photograph, encoded):
    for folder, seed in (("rainy", 1), ("clean", 2)):
        (tmp_path / "set" / folder).mkdir(parents=True)
        (tmp_path / "set" / folder / "street.bmp").write_bytes(encoded(photograph(seed, 40, 32), "BMP"))
    import_set(tmp_path / "set", read_template("folders"), tmp_path / "in")
    (sample,) = load_split(tmp_path / "in")
    assert sample.record.converted.startswith("BMP to PNG")
    assert sample.open().tobytes() == photograph(1, 40, 32).tobytes()
    assert verify(tmp_path / "in").wrong == ()


def test_places_named_by_the_template_join_scenes(foreign, tmp_path):
    one = template(
        tmp_path,
        'split = "test"\nrainy = "{place}/rainy_image/{id}_{kind}.jpg"\nclean = "*/ground_truth/{id}.jpg"\n'
        'scene = "{place}"',
    )
    import_set(foreign, one, tmp_path / "in")
    records = load_split(tmp_path / "in").records
    assert {record.scene_id for record in records} == {min(record.clean_id for record in records)}


def test_a_set_without_clean_images_has_one_config(foreign, tmp_path):
    one = template(tmp_path, 'split = "test"\nrainy = "testing/rainy_image/{id}.jpg"')
    done = import_set(foreign, one, tmp_path / "in")
    assert [(part.config, len(part.rows)) for part in done.parts] == [("rainy", 4)]


def test_words_of_a_template_are_no_markup(foreign, tmp_path):
    one = template(tmp_path, 'split = "test"\nrainy = "testing/rainy_image/{id}.jpg"')
    import_set(foreign, one, tmp_path / "in")
    card = (tmp_path / "in" / "README.md").read_text()
    assert "# Mine &lt;b&gt;, imported" in card
    assert "Ada \\| Bob" in card


def test_a_folder_that_holds_something_else_is_left_alone(foreign, tmp_path, release):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    for place in (tmp_path / "mine", release):
        with pytest.raises(InputError, match="holds files that are no import"):
            import_set(foreign, RAIN1400, place)


def test_a_folder_of_another_layout_says_what_was_looked_for(tmp_path):
    (tmp_path / "set").mkdir()
    with pytest.raises(InputError, match=r"holds no file of the layout.*testing/rainy_image"):
        import_set(tmp_path / "set", RAIN1400, tmp_path / "in")


@pytest.mark.parametrize("name", template_names())
def test_every_template_tells_licence_terms_source_and_how_far_it_was_tried(name):
    one = read_template(name)
    assert one.name == name
    assert one.licence.startswith("LicenseRef-")
    assert all((one.terms, one.author, one.source, one.verified_on))
    assert one.source.startswith("https://") or one.source == "not stated"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("name = ", "is no TOML"),
        (HEAD, "images: Field required"),
        (f'{HEAD}[[images]]\nsplit = "all"\nrainy = "a"', "split: Input should be"),
        (
            f'{HEAD}[[images]]\nsplit = "test"\nrainy = "{{a}}"\nclean = "{{b}}"',
            "has a placeholder that '{a}' lacks: b",
        ),
        (HEAD.replace("drawer", "\\u001b[31m"), "source: String should match"),
    ],
)
def test_a_template_with_a_mistake_is_told_where(tmp_path, lines, says):
    (tmp_path / "bad.toml").write_text(lines)
    with pytest.raises(ManifestError) as caught:
        read_template(tmp_path / "bad.toml")
    assert says in str(caught.value)


def test_an_unknown_template_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(UnknownNameError, match=r"no template of this name.*gt-rain.*rain100l"):
        read_template("rain100")
    with pytest.raises(InputError, match="cannot be read"):
        read_template(tmp_path / "gone.toml")


# where the public copies keep what lies flat in the folder of real photographs
REAL = {
    "rain100l": ("rain100L", r"test_0*(\d+)_(rain|clean).png", "test/rain/{}.png", "test/gt/{}.png", 5),
    "rain100h": ("rain100H", r"0*(\d+)_(rain|clean).png", "R100H/inputcrop/{}.png", "R100H/cleancrop/{}.png", 19),
    "sirr-validation": (
        "ddn_val",
        r"0*(\d+)_(rain|clean).png",
        "input_val/input{}.png",
        "label_val/norain{}.png",
        14,
    ),
    "heavyrain-test1": ("heavyrain", r"(?:in|gt)_(im_\d+(_.*)?).png", "in/{}.png", "gt/{}.png", 4),
}


@pytest.mark.realdata
@pytest.mark.parametrize("name", REAL)
def test_templates_fit_real_sets(real_data, tmp_path, name):
    folder, pattern, rainy, clean, count = REAL[name]
    for path in sorted((real_data / "paired" / folder).iterdir()):
        if found := re.fullmatch(pattern, path.name):
            is_clean = path.name.startswith("gt_") or found[2] == "clean"
            target = tmp_path / "set" / (clean if is_clean else rainy).format(found[1])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    done = import_set(tmp_path / "set", read_template(name), tmp_path / "in")
    assert done.findings == ()
    assert len(load_split(tmp_path / "in")) == count
    assert verify(tmp_path / "in").wrong == ()
