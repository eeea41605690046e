"""JCAS splits a plane into what its analysis and its atoms explain, and learns atoms that fit."""

from __future__ import annotations

import numpy as np
import pytest

from baselines.priors.jcas import SIDE, learn_atoms, line_atoms, synthesised_rain


def convolved(atoms: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the sum of periodic convolutions, written as its definition."""
    half = SIDE // 2
    return sum(
        value * np.roll(code, (row - half, column - half), axis=(0, 1))
        for atom, code in zip(atoms, codes, strict=True)
        for (row, column), value in np.ndenumerate(atom)
    )


def sparse_codes(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.random((4, 40, 48)) * (rng.random((4, 40, 48)) > 0.97)


@pytest.mark.parametrize("angle", [20, -30])
def test_streaks_are_found_and_a_step_of_the_background_is_not(angle):
    rows, columns = np.indices((80, 96))
    beside = (columns - 30) * np.cos(np.radians(angle)) - (rows - 40) * np.sin(np.radians(angle))
    streak = 0.3 * np.exp(-0.5 * (beside / 0.5) ** 2) * (abs(rows - 40) < 20)
    step = np.where(columns > 70, 0.6, 0.3)
    found = synthesised_rain(step + streak, angle)
    assert np.abs(found - streak).sum() < 0.5 * streak.sum()
    assert found[:, 78:].max() < 0.03


def test_atoms_that_fit_stay_and_others_come_nearer():
    codes, true = sparse_codes(0), line_atoms(15)
    wanted = convolved(true, codes)
    assert np.abs(learn_atoms(true, codes, wanted) - true).max() < 1e-6
    start = line_atoms(-15)
    learnt = learn_atoms(start, codes, wanted, steps=300)
    assert np.linalg.norm(learnt - true) < 0.2 * np.linalg.norm(start - true)


def test_learning_never_fits_worse_and_atoms_stay_small_and_not_negative():
    codes = sparse_codes(1)
    wanted = 0.3 * convolved(line_atoms(0), sparse_codes(1)) + 0.05 * np.random.default_rng(2).random((40, 48))
    errors, atoms = [], line_atoms(30)
    for _ in range(5):
        errors.append(np.square(wanted - convolved(atoms, codes)).sum())
        atoms = learn_atoms(atoms, codes, wanted, steps=5)
        assert atoms.min() >= 0
        assert (np.linalg.norm(atoms, axis=(1, 2)) <= 1 + 1e-9).all()
    assert errors == sorted(errors, reverse=True)
