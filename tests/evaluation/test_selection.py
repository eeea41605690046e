"""Metrics are asked for by name or set, and a missing file is told."""

from __future__ import annotations

import pytest

from nlcl_bench.core.errors import ArtifactError, UnknownNameError
from nlcl_bench.evaluation.selection import select


def names(selection) -> list[str]:
    return [chosen.spec.name for chosen in selection.chosen]


def test_a_set_runs_what_it_can_and_lists_the_rest():
    selection = select(["classic"], paired=False)
    assert names(selection) == ["change", "entropy", "piqe"]
    assert [name for name, _ in selection.missing] == ["brisque", "niqe"]
    assert all("nlcl-bench doctor" in why for _, why in selection.missing)


def test_pairs_add_the_reference_metrics():
    assert {"psnr", "psnr_y", "ssim"} <= set(names(select(["classic"], paired=True)))


def test_a_file_asked_for_by_name_must_be_had():
    with pytest.raises(ArtifactError, match="niqe_modelparameters"):
        select(["niqe"], paired=False)


def test_a_mistyped_metric_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean niqe"):
        select(["nique"], paired=False)


@pytest.mark.realdata
def test_with_the_files_in_the_cache_everything_runs(real_weights):
    selection = select(["all"], paired=False)
    assert not selection.missing
    assert {"niqe", "brisque", "ilniqe"} <= set(names(selection))
