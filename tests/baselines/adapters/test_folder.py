"""Outputs that somebody else made are scored as they are, and what does not fit is told."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from baselines.adapters.folder import folder
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.data.loading import load_samples
from nlcl_bench.evaluation.apply import load_method
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.run import read_scores


@pytest.fixture
def outputs(release, tmp_path):
    """Return a folder with the clean image of every pair, under the id of the rainy one: perfect outputs."""
    place = tmp_path / "theirs"
    place.mkdir()
    for sample in load_samples(release, "paired", "test"):
        (place / f"{sample.record.image_id}.png").write_bytes(sample.clean)
    return place


def test_perfect_outputs_get_perfect_scores(outputs, request_of, tmp_path):
    result, place = evaluate(request_of(folder(str(outputs), {"licence": "MIT"}), tmp_path / "runs", jobs=2))
    assert result.complete
    assert [row.value for row in read_scores(place) if row.metric.startswith("psnr")] == [pytest.approx(100)] * 3
    assert (result.label, result.method.licence) == ("dir-theirs", "MIT")
    assert result.method.interface.rounding == "by whoever made them"
    assert str(tmp_path) not in (place / "run.json").read_text()


def test_a_missing_output_is_told_and_the_others_are_scored(outputs, request_of, tmp_path):
    gone = sorted(outputs.iterdir())[1]
    kept = gone.read_bytes()
    gone.unlink()
    result, place = evaluate(request_of(folder(str(outputs), {}), tmp_path / "runs"))
    assert not result.complete
    assert [(one.image_id, "there is no output" in one.reason) for one in result.failures] == [(gone.stem, True)]
    assert len({row.image_id for row in read_scores(place)}) == 2
    gone.write_bytes(kept)
    mended, _ = evaluate(request_of(folder(str(outputs), {}), tmp_path / "runs"))
    assert mended.complete
    assert mended.run_id != result.run_id


def test_an_extra_output_is_told_and_all_are_scored(outputs, request_of, tmp_path):
    Image.new("RGB", (4, 4)).save(outputs / "holiday.png")
    result, place = evaluate(request_of(folder(str(outputs), {}), tmp_path / "runs", limit=2))
    assert not result.complete
    assert [(one.image_id, one.reason) for one in result.failures] == [
        (None, "1 outputs belong to no image of the split: holiday.png")
    ]
    assert len({row.image_id for row in read_scores(place)}) == 2


def test_an_output_of_another_size_is_told(outputs, request_of, tmp_path):
    odd = min(outputs.iterdir())
    Image.new("RGB", (10, 20)).save(odd)
    result, _ = evaluate(request_of(folder(str(outputs), {}), tmp_path / "runs"))
    assert [one.reason.split(" (")[0] for one in result.failures] == [
        f"{odd.name}: is 10x20, but the photograph 224x208"
    ]


def test_a_damaged_output_is_told(outputs, request_of, tmp_path):
    odd = min(outputs.iterdir())
    odd.write_bytes(odd.read_bytes()[:500])
    result, _ = evaluate(request_of(folder(str(outputs), {}), tmp_path / "runs"))
    assert [one.image_id for one in result.failures] == [odd.stem]


def test_a_changed_output_does_not_keep_its_old_score(outputs, request_of, tmp_path):
    ask = tmp_path / "runs"
    evaluate(request_of(folder(str(outputs), {}), ask))
    for path in outputs.iterdir():
        Image.fromarray(255 - np.asarray(Image.open(path))).save(path)
    _, place = evaluate(request_of(folder(str(outputs), {}), ask))
    assert max(row.value for row in read_scores(place) if row.metric.startswith("psnr")) < 20


def test_a_folder_without_any_of_the_images_is_an_error(request_of, tmp_path):
    place = tmp_path / "others"
    place.mkdir()
    Image.new("RGB", (4, 4)).save(place / "a.png")
    with pytest.raises(RunError, match="there is no output of this image"):
        evaluate(request_of(folder(str(place), {}), tmp_path / "runs"))


def test_outputs_under_their_inputs_names_are_found_by_the_inputs_bytes(release, request_of, tmp_path):
    inputs, place = tmp_path / "inputs", tmp_path / "theirs"
    inputs.mkdir()
    place.mkdir()
    for number, sample in enumerate(load_samples(release, "paired", "test")):
        (inputs / f"norain-{number}.png").write_bytes(sample.image)
        (place / f"norain-{number}.png").write_bytes(sample.clean)
    result, _ = evaluate(request_of(folder(str(place), {"inputs": str(inputs)}), tmp_path / "runs"))
    assert result.complete


def test_two_outputs_of_one_name_and_no_outputs_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds no images"):
        folder(str(tmp_path), {})
    for suffix in ("png", "bmp"):
        Image.new("RGB", (4, 4)).save(tmp_path / f"a.{suffix}")
    with pytest.raises(InputError, match=r"two outputs of one name: a\.bmp and a\.png"):
        folder(str(tmp_path), {})
    with pytest.raises(InputError, match="no such folder"):
        folder(str(tmp_path / "none"), {})


def test_outputs_derain_no_photograph(outputs):
    with pytest.raises(InputError, match="use nlcl-bench evaluate"):
        load_method(folder(str(outputs), {}), torch.device("cpu"), None)
