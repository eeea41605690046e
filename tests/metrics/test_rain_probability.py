"""The network tells rain from none by streaks alone, and is not talked out of it by blur or compression."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from scipy import ndimage

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.digest import sha256_file, sha256_lines
from nlcl_bench.core.images import decode_file, to_tensor
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.data.rendering import Rain, render
from nlcl_bench.metrics.rain_probability.network import Detector, seen
from nlcl_bench.metrics.rain_probability.spec import RAIN_PROBABILITY
from nlcl_bench.testing import check_metric

RAIN = Rain(angle=12.0, spread=2.0, length=0.15, density=900.0, strength=0.7, veil=0.1)


@pytest.fixture(scope="module")
def weights():
    return obtain(RAIN_PROBABILITY.weights)


@pytest.fixture(scope="module")
def metric(weights):
    return RAIN_PROBABILITY.load(weights)


@pytest.fixture(scope="module")
def probability(metric):
    return lambda picture: float(metric(tensor(picture), None)[0])


@pytest.fixture(scope="module")
def pairs():
    """Pieces of photographs that no training saw, with rain of a renderer that it did not learn from, and without."""
    clean = {one.name: np.asarray(decode_file(one.path))[20:276, 100:388] / 255 for one in packaged_photographs()}
    return {name: (render(one, RAIN, np.random.default_rng(0)), one) for name, one in clean.items()}


@pytest.fixture(scope="module")
def known(probability, pairs):
    return {name: (probability(rainy), probability(clean)) for name, (rainy, clean) in pairs.items()}


@pytest.fixture(scope="module")
def listed(weights):
    with (weights.parent / "photographs.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def tensor(picture):
    pixels = np.clip(picture * 255, 0, 255).round().astype(np.uint8)
    return to_tensor(Image.fromarray(pixels))[None]


def jpeg(picture, quality):
    stream = io.BytesIO()
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream)) / 255


ATTACKS = {
    "blur 0.7": lambda picture: ndimage.gaussian_filter(picture, (0.7, 0.7, 0)),
    "blur 1.5": lambda picture: ndimage.gaussian_filter(picture, (1.5, 1.5, 0)),
    "JPEG 95": lambda picture: jpeg(picture, 95),
    "JPEG 75": lambda picture: jpeg(picture, 75),
    "sharpened": lambda picture: 2 * picture - ndimage.gaussian_filter(picture, (1, 1, 0)),
    "noise": lambda picture: picture + np.random.default_rng(5).normal(0, 0.02, picture.shape),
    "half the contrast": lambda picture: 0.25 + picture / 2,
    "upside down": lambda picture: picture[::-1],
    "half the size": lambda picture: (
        picture[: len(picture) // 2 * 2, : picture.shape[1] // 2 * 2]
        .reshape(len(picture) // 2, 2, picture.shape[1] // 2, 2, 3)
        .mean(axis=(1, 3))
    ),
}


def test_the_file_is_the_pinned_one_small_and_says_what_it_is_from(weights, listed):
    assert weights.stat().st_size == RAIN_PROBABILITY.weights.size < 300_000
    with safe_open(weights, "pt") as file:
        said = json.loads(file.metadata()["training"])
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118 (no dict)
    for domain in ("rainy", "clean"):
        assert said[domain] == sha256_lines(sorted(row["sha256"] for row in listed if row["domain"] == domain))


def test_it_keeps_the_contract_of_metrics(weights):
    check_metric(RAIN_PROBABILITY, weights)


def test_company_threads_and_repetition_change_nothing(metric, pairs):
    batch = torch.cat([tensor(pairs["coffee"][side]) for side in (0, 1)])
    together = metric(batch, None)
    assert torch.equal(together, torch.cat([metric(one[None], None) for one in batch]))
    assert torch.equal(together, metric(batch, None))
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1 if threads > 1 else 2)
        assert torch.allclose(metric(batch, None), together, atol=RAIN_PROBABILITY.tolerance, rtol=0)
    finally:
        torch.set_num_threads(threads)


def test_a_mirrored_picture_has_the_same_probability(metric, pairs):
    picture = tensor(pairs["chelsea"][0])
    assert torch.equal(metric(picture, None), metric(picture.flip(-1), None))


def test_a_place_sees_39_pixels_and_no_more():
    planes = torch.zeros(1, 1, 79, 79, requires_grad=True)
    detector = Detector(torch.Generator().manual_seed(0))
    found = detector.layers(planes + 1)
    found[0, 0, found.shape[2] // 2, found.shape[3] // 2].backward()
    reached = planes.grad[0, 0].abs() > 0
    assert (int(reached.any(dim=0).sum()), int(reached.any(dim=1).sum())) == (39, 39)


def test_what_is_seen_equals_a_slow_twin(pairs):
    plane = pairs["coffee"][0].mean(axis=2)[:90, :110]

    def blurred(one, sigma):
        return ndimage.gaussian_filter(one, sigma, mode="nearest", truncate=3)

    high = plane - blurred(plane, 4)
    expected = high / np.sqrt(blurred(high**2, 8) + 0.02**2)
    found = seen(torch.from_numpy(plane).float()[None, None])[0, 0].numpy()
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_flat_picture_has_no_probability(metric):
    assert bool(metric(torch.full((1, 3, 96, 80), 0.4), None).isnan())


def test_rain_of_a_renderer_it_never_saw_is_seen(known):
    assert [name for name, (rainy, clean) in known.items() if rainy <= clean] == []
    assert np.mean([rainy - clean for rainy, clean in known.values()]) > 0.3


def test_it_falls_as_rain_is_taken_away(probability, pairs, known):
    for name, (rainy, clean) in pairs.items():
        half = probability((rainy + clean) / 2)
        assert known[name][0] > half > known[name][1], name


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_does_not_pass_for_rain_taken_away(probability, pairs, known, attack):
    attacked = [probability(ATTACKS[attack](rainy)) for rainy, _ in pairs.values()]
    rainy, clean = np.mean(list(known.values()), axis=0)
    assert rainy - np.mean(attacked) < 0.5 * (rainy - clean)


def test_describing_it_imports_nothing_heavy():
    code = (
        "import sys, nlcl_bench.metrics.rain_probability.spec;"
        "print([name for name in ('torch', 'numpy', 'scipy', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.realdata
def test_nothing_that_was_trained_on_is_in_a_test_set(real_data, listed):
    trained = {row["sha256"] for row in listed}
    tests = [path for name in ("paired", "clean/kodak24", "rain/mwd") for path in (real_data / name).rglob("*.*")]
    assert len(tests) > 120
    assert not trained & {sha256_file(path) for path in tests}


@pytest.mark.realdata
def test_sources_that_no_training_saw_are_told_apart(real_data, probability):
    rainy, clean = (
        [probability(np.asarray(decode_file(path)) / 255) for path in sorted((real_data / name).iterdir())]
        for name in ("rain/mwd", "clean/kodak24")
    )
    assert np.greater.outer(rainy, clean).mean() > 0.75
