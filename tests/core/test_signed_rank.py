"""The signed-rank test and Holm's step-down, beside their definitions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from nlcl_bench.core.statistics import holm, signed_rank


def test_p_is_that_of_all_signs_counted():
    generator = np.random.default_rng(4)
    for _ in range(5):
        differences = generator.normal(0.4, 1, 8)
        ranks = rankdata(np.abs(differences))
        signed = [sum(np.array(signs) * ranks) for signs in product((-1, 1), repeat=8)]
        mine = sum(np.sign(differences) * ranks)
        share = np.mean([abs(one) >= abs(mine) - 1e-9 for one in signed])
        assert signed_rank(differences[:, None])[0] == pytest.approx(share)


def test_every_column_is_tested_by_itself_whatever_it_lacks():
    table = np.random.default_rng(1).normal(0.2, 1, (120, 4))
    table[:, 1] = np.where(np.arange(120) < 30, table[:, 1], np.nan)
    table[::3, 2] = 0.0
    table[:, 3] = 0.0
    expected = [
        wilcoxon(table[:, 0], method="asymptotic").pvalue,
        wilcoxon(table[:30, 1], method="exact").pvalue,
        wilcoxon(table[table[:, 2] != 0, 2], method="asymptotic").pvalue,
        1.0,
    ]
    assert signed_rank(table).tolist() == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_rejects_what_its_steps_reject(values):
    found = holm(np.array(values))
    for level in (0.01, 0.05, 0.2):
        rejected = set()
        for step, index in enumerate(np.argsort(values, kind="stable")):
            if values[index] * (len(values) - step) >= level:
                break
            rejected.add(index)
        assert set(np.flatnonzero(found < level)) == rejected
