"""DSC's greedy codes and dictionaries, and the rain that it finds."""

from __future__ import annotations

import numpy as np
import pytest

from baselines.priors.dictionary import improved, sparse_codes
from baselines.priors.dsc import BACKGROUND, SIDE, cosine_atoms, edge_atoms, rain_lines, screened_rain
from baselines.priors.layer import LUMA


def unit(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    atoms = rng.standard_normal((count, size)).astype(np.float32)
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


def slow_pursuit(patch: np.ndarray, atoms: np.ndarray, count: int, positive: np.ndarray) -> np.ndarray:
    chosen: list[int] = []
    rest, codes = patch, np.zeros(len(atoms))
    for _ in range(count):
        score = np.where(positive, atoms @ rest, np.abs(atoms @ rest))
        score[chosen] = -1
        chosen.append(int(score.argmax()))
        fitted = np.linalg.lstsq(atoms[chosen].T, patch, rcond=None)[0]
        rest = patch - atoms[chosen].T @ fitted
    codes[chosen] = fitted
    return np.where(positive, np.maximum(codes, 0), codes)


def test_codes_are_those_of_orthogonal_matching_pursuit():
    rng = np.random.default_rng(0)
    atoms, positive = unit(rng, 30, 20), np.arange(30) >= 20
    patches = rng.standard_normal((12, 20)).astype(np.float32)
    found = sparse_codes(patches, atoms, 4, 0.0, positive=positive)
    slow = np.stack([slow_pursuit(patch, atoms, 4, positive) for patch in patches])
    assert np.allclose(found, slow, atol=5e-3)


def test_a_patch_that_is_done_leaves_the_others_as_they_are():
    rng = np.random.default_rng(1)
    atoms, positive = unit(rng, 30, 20), np.zeros(30, dtype=bool)
    patches = rng.standard_normal((6, 20)).astype(np.float32)
    patches[::2] = 2 * atoms[:3]  # done after one atom
    together = sparse_codes(patches, atoms, 5, 0.05, positive=positive)
    alone = np.concatenate([sparse_codes(patch[None], atoms, 5, 0.05, positive=positive) for patch in patches])
    assert np.allclose(together, alone, atol=1e-5)
    assert (together != 0).sum(axis=1).tolist() == [1, 5, 1, 5, 1, 5]


def test_what_is_faint_gets_no_code():
    atoms = unit(np.random.default_rng(1), 10, 20)
    codes = sparse_codes(0.05 * atoms[:3], atoms, 3, 0.1, positive=np.zeros(10, dtype=bool))
    assert not codes.any()


def test_improved_atoms_fit_better():
    rng = np.random.default_rng(2)
    codes = (rng.standard_normal((200, 8)) * (rng.random((200, 8)) > 0.6)).astype(np.float32)
    codes[:, 7] = 0
    true, start = unit(rng, 8, 20), unit(rng, 8, 20)
    found = improved(codes @ true, codes, start)
    assert np.allclose(found[:7], true[:7], atol=0.01)
    assert np.array_equal(found[7], start[7])


@pytest.mark.parametrize("angle", [-40, 0, 12])
def test_dictionaries_have_the_papers_sizes(angle):
    lines, edges = rain_lines(angle), edge_atoms(angle)
    background = np.concatenate([edges, cosine_atoms(BACKGROUND - len(edges))])
    assert lines.shape == (128, 256)
    assert background.shape == (512, 256)
    assert np.allclose(np.linalg.norm(background, axis=1), 1, atol=1e-5)
    assert np.abs(background.mean(axis=1)).max() < 1e-6
    assert np.allclose(lines.std(axis=1) * SIDE, 1, atol=1e-5)
    assert lines.min() >= 0


def screened(angle: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a background without lines, one streak through it, and how far a pixel lies beside the streak."""
    rows, columns = np.indices((64, 72))
    beside = (columns - 30) * np.cos(np.radians(angle)) - (rows - 32) * np.sin(np.radians(angle))
    return 0.3 + 0.1 * np.sin(rows / 9), 0.4 * np.exp(-0.5 * (beside / 0.8) ** 2), beside


@pytest.mark.parametrize("angle", [0, 20])
def test_a_screened_streak_is_found(angle):
    behind, streak, _ = screened(angle)
    found = screened_rain((behind + streak - behind * streak).astype(np.float32), angle)
    assert np.abs(found - streak).sum() < 0.4 * streak.sum()


@pytest.mark.parametrize("angle", [0, 3, 20])
@pytest.mark.parametrize("half_width", [0.3, 0.9])
def test_an_edge_along_the_rain_is_none(angle, half_width):
    behind, streak, beside = screened(angle)
    for side in (-1, 1):
        edge = 0.2 + 0.2 * np.tanh(side * beside / half_width)
        assert screened_rain((behind + edge).astype(np.float32), angle).sum() < 0.12 * streak.sum()


def test_more_rain_is_found_than_background_on_a_photograph(small_photographs):
    luma = small_photographs["coffee"][48:144, 48:144] @ LUMA
    rows, columns = np.indices(luma.shape)
    streaks = 0.3 * np.exp(-0.5 * (((columns - rows * np.tan(np.radians(10))) % 31 - 15) / 0.7) ** 2)
    dry = screened_rain(luma.astype(np.float32), 10)
    wet = screened_rain((luma + streaks - luma * streaks).astype(np.float32), 10)
    assert np.abs(wet - streaks).sum() < 0.5 * streaks.sum()
    assert dry.sum() < 0.1 * wet.sum()
