"""Rank correlations under weights are those of the sample written out, which scipy and plain loops know."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nlcl_bench.core.ranks import kendall, spearman

NUMBERS = st.integers(-3, 3).map(float)  # few, so that there are ties


@st.composite
def samples(draw):
    """Return two columns, the cluster of each item, and how often four draws have each cluster."""
    items = draw(st.integers(3, 12))
    clusters = np.array(draw(st.lists(st.integers(0, 3), min_size=items, max_size=items)))
    first, second = (np.array(draw(st.lists(NUMBERS, min_size=items, max_size=items))) for _ in range(2))
    times = st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(lambda row: any(row[c] for c in clusters))
    return first, second, clusters, np.array(draw(st.lists(times, min_size=1, max_size=4)), dtype=float)


def slow_tau(first, second):
    """Count pairs, as Kendall did."""
    pairs = [(i, j) for i in range(len(first)) for j in range(i)]
    signs = [(np.sign(first[i] - first[j]), np.sign(second[i] - second[j])) for i, j in pairs]
    size = sum(abs(a) for a, _ in signs) * sum(abs(b) for _, b in signs)
    return sum(a * b for a, b in signs) / np.sqrt(size) if size else np.nan


def slow_rho(first, second):
    if len(set(first)) < 2 or len(set(second)) < 2:
        return np.nan
    return np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1]


@settings(max_examples=150, deadline=None)
@given(samples())
@pytest.mark.parametrize(("fast", "slow"), [(kendall, slow_tau), (spearman, slow_rho)])
def test_a_draw_is_the_sample_with_its_clusters_written_out(fast, slow, sample):
    first, second, clusters, weights = sample
    found = fast(first, second, clusters, weights)
    for value, times in zip(found, weights, strict=True):
        often = times[clusters].astype(int)
        expected = slow(np.repeat(first, often), np.repeat(second, often))
        assert value == pytest.approx(expected, abs=1e-9, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(samples())
@pytest.mark.parametrize("correlation", [kendall, spearman])
def test_only_the_order_counts_and_turning_a_column_turns_the_sign(correlation, sample):
    first, second, clusters, weights = sample
    value = correlation(first, second, clusters, weights)
    np.testing.assert_allclose(correlation(np.exp(first), second, clusters, weights), value, atol=1e-12)
    np.testing.assert_allclose(correlation(-first, second, clusters, weights), -value, atol=1e-12)
    np.testing.assert_allclose(correlation(second, first, clusters, weights), value, atol=1e-12)


def test_tau_is_scipys_on_many_numbers_with_ties():
    generator = np.random.default_rng(3)
    first = generator.integers(0, 20, 300).astype(float)
    second = first + generator.normal(0, 8, 300).round()
    one = np.zeros(300, dtype=np.intp)
    assert kendall(first, second, one, np.ones((1, 1)))[0] == pytest.approx(stats.kendalltau(first, second).statistic)
    assert spearman(first, second, one, np.ones((1, 1)))[0] == pytest.approx(stats.spearmanr(first, second).statistic)


@pytest.mark.parametrize("correlation", [kendall, spearman])
def test_little_memory_changes_nothing(correlation, monkeypatch):
    generator = np.random.default_rng(4)
    first, second = generator.normal(size=(2, 50))
    clusters = generator.integers(0, 9, 50)
    weights = generator.integers(0, 4, (30, 9)).astype(float)
    whole = correlation(first, second, clusters, weights)
    monkeypatch.setattr("nlcl_bench.core.ranks._AT_ONCE", 120)
    np.testing.assert_allclose(correlation(first, second, clusters, weights), whole, atol=1e-12)
