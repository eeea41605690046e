"""pyiqa's networks are built from verified files, and from nothing else."""

from __future__ import annotations

import dataclasses
import math
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyiqa
import pytest
import timm
import torch
import torchvision
from metrics.made_up import MAKERS, with_made_up
from pyiqa.archs import arch_util, musiq_arch
from pyiqa.utils import download_util

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ArtifactError, PluginError
from nlcl_bench.core.images import to_tensor
from nlcl_bench.metrics import deep, no_reference, reference
from nlcl_bench.metrics.iqa import load_network

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = {
    spec.name: spec
    for spec in (
        no_reference.NRQM,
        no_reference.PI,
        reference.LPIPS,
        reference.DISTS,
        *(getattr(deep, name) for name in deep.__all__),
    )
}
LIGHT = ("arniqa", "lpips")  # NRQM takes seconds per image, and so does PI with it
HEAVY = sorted(set(SPECS) - set(LIGHT))


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("made-up")
    yield folder
    shutil.rmtree(folder)  # gigabytes, if the slow tests ran


@pytest.fixture
def made_up(cache, monkeypatch):
    """Return a metric with made-up files in the cache; what several tests need is made once."""
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(cache))
    return lambda name: with_made_up(SPECS[name], cache)


@pytest.fixture
def pair(photograph) -> tuple[torch.Tensor, torch.Tensor]:
    image = to_tensor(photograph(5, 256, 256))[None]
    return image, (image * 0.9 + 0.05)


def score(spec, pair) -> float:
    image, clean = pair
    scores = spec.load(obtain(spec.weights))(image, clean if spec.reference == "clean" else None)
    assert (tuple(scores.shape), scores.dtype) == ((1,), torch.float64)
    return float(scores[0])


def takes_the_right_path(spec, pair) -> None:
    """The same finite score within bounds from any state of randomness: no number came from anywhere but the files."""
    torch.manual_seed(0)
    once = score(spec, pair)
    torch.manual_seed(1)
    assert score(spec, pair) == once
    assert math.isfinite(once)
    assert spec.bounds[0] <= once <= spec.bounds[1]


@pytest.mark.parametrize("name", LIGHT)
def test_a_metric_scores_with_its_files_and_nothing_else(name, made_up, pair):
    takes_the_right_path(made_up(name), pair)


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_a_large_metric_scores_with_its_files_and_nothing_else(name, made_up, pair):
    takes_the_right_path(made_up(name), pair)


def test_every_network_has_made_up_files():
    assert set(MAKERS) == set(SPECS)


def test_pyiqa_gives_the_same_score_with_the_same_file(made_up, pair):
    """pyiqa's own constructor and its own reader of files, without anything of ours."""
    spec = made_up("musiq")
    theirs = musiq_arch.MUSIQ(pretrained=False, pretrained_model_path=str(spec.weights.path)).eval()
    with torch.no_grad():
        assert score(spec, pair) == float(theirs(pair[0]))


@pytest.mark.slow
def test_perceptual_index_is_made_of_nrqm_and_niqe(made_up, pair):
    """PI = (10 - NRQM + NIQE) / 2, each on BT.601 luma without four pixels at each border (Blau et al. 2018)."""
    spec, small = made_up("pi"), [image[..., :200, :200] for image in pair]
    options = {"device": "cpu", "crop_border": 4, "color_space": "ycbcr"}
    forests, pristine = (str(artifact.path) for artifact in spec.files)
    nrqm = pyiqa.create_metric("nrqm", pretrained_model_path=forests, **options)(small[0])
    niqe = pyiqa.create_metric("niqe", pretrained_model_path=pristine, **options)(small[0])
    assert score(spec, small) == pytest.approx((10 - float(nrqm) + float(niqe)) / 2, abs=1e-9)


def test_the_real_file_is_asked_for_by_digest(made_up):
    made_up("musiq")
    with pytest.raises(ArtifactError, match=r"musiq_koniq_ckpt-e95806b9\.pth: is not the pinned file"):
        obtain(SPECS["musiq"].weights)


def test_a_network_without_its_backbone_is_no_metric(made_up):
    """LPIPS's few learnt weights alone: AlexNet's numbers are nobody's, so there is no score with them."""
    with pytest.raises(PluginError, match=r"takes net\.net\.slice1\.0\.weight from a file that the metric does not"):
        load_network("lpips", "lpips_arch", (), made_up("lpips").weights.path)


def test_a_file_that_pyiqa_wants_and_the_metric_does_not_list_is_not_downloaded(made_up):
    with pytest.raises(ArtifactError, match=r"pyiqa asks for .*niqe_modelparameters\.mat"):
        load_network("pi", "nrqm_arch", (), made_up("pi").weights.path)


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("hacked"),))


def test_a_pickle_that_runs_code_is_refused_even_with_the_right_digest(made_up, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "musiq_koniq_ckpt-e95806b9.pth"
    torch.save({"conv_root.weight": Evil()}, file)
    with pytest.raises(ArtifactError, match="does not hold the weights of pyiqa's musiq"):
        load_network("musiq", "musiq_arch", (), file)
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("content", [[1], {"a": torch.ones(1)}, {}])
def test_a_file_of_other_content_is_told_in_one_line(content, tmp_path):
    file = tmp_path / "musiq_koniq_ckpt-e95806b9.pth"
    torch.save(content, file)
    with pytest.raises(ArtifactError) as caught:
        load_network("musiq", "musiq_arch", (), file)
    assert "\n" not in str(caught.value)
    assert file.name in str(caught.value)


def test_a_broken_file_is_told_in_one_line(tmp_path):
    file = tmp_path / "musiq_koniq_ckpt-e95806b9.pth"
    file.write_bytes(pickle.dumps("no weights"))
    with pytest.raises(ArtifactError, match="does not hold the weights"):
        load_network("musiq", "musiq_arch", (), file)


def test_afterwards_everything_is_as_it_was(made_up):
    watched = (
        (torch, "load"),
        (torch.hub, "load_state_dict_from_url"),
        (timm, "create_model"),
        (torchvision.models, "alexnet"),
        (download_util, "load_file_from_url"),
        (download_util, "DEFAULT_CACHE_DIR"),
        (arch_util, "load_pretrained_network"),
        (musiq_arch, "load_pretrained_network"),
    )
    before = [getattr(owner, name) for owner, name in watched]
    musiq = made_up("musiq")
    musiq.load(musiq.weights.path)
    with pytest.raises(PluginError):
        load_network("lpips", "lpips_arch", (), made_up("lpips").weights.path)
    assert all(getattr(owner, name) is was for (owner, name), was in zip(watched, before, strict=True))


def test_equal_images_are_at_no_distance(made_up, pair):
    assert score(made_up("lpips"), (pair[0], pair[0])) == 0


@pytest.mark.realdata
def test_lpips_with_its_real_weights_still_needs_alexnet(made_up, real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path))
    (tmp_path / "metrics").mkdir()
    file = real_data / "weights" / "iqa" / "lpips_lin" / "v0.1_alex.pth"
    own = reference.LPIPS.weights
    own.path.write_bytes(file.read_bytes())
    assert sha256_file(own.path) == own.sha256
    nowhere = dataclasses.replace(reference.LPIPS.backbones[0], source="http://127.0.0.1:9/alexnet-owt-7be5be79.pth")
    with pytest.raises(ArtifactError, match=r"alexnet-owt-7be5be79\.pth: could not be fetched"):
        load_network("lpips", "lpips_arch", (nowhere,), obtain(own))
