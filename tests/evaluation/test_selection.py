"""Metrics are asked for by name or set, and a missing file is told."""

from __future__ import annotations

import pytest

from nlcl_bench.core.errors import ArtifactError, UnknownNameError
from nlcl_bench.evaluation.selection import select
from nlcl_bench.metrics.catalogue import METRICS, SETS


def names(selection) -> list[str]:
    return [chosen.spec.name for chosen in selection.chosen]


def test_a_set_runs_what_it_can_and_lists_the_rest():
    selection = select(["classic"], paired=False)
    assert names(selection) == ["change", "entropy", "piqe"]
    assert [name for name, _ in selection.missing] == ["brisque", "ilniqe", "niqe"]
    assert all(f"nlcl-bench weights pull {name}" in why for name, why in selection.missing)


def test_pairs_add_the_reference_metrics():
    assert {"psnr", "psnr_y", "ssim"} <= set(names(select(["classic"], paired=True)))


def test_a_file_asked_for_by_name_must_be_had():
    with pytest.raises(ArtifactError, match="niqe_modelparameters"):
        select(["niqe"], paired=False)


def test_a_mistyped_metric_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean niqe"):
        select(["nique"], paired=False)


def test_the_deep_set_lists_every_metric_that_lacks_a_file_and_names_the_file():
    selection = select(["deep"], paired=True)
    assert names(selection) == ["change"]
    missing = dict(selection.missing)
    assert set(missing) == set(SETS["deep"])
    assert "LPIPS_v0.1_alex-df73285e.pth and alexnet-owt-7be5be79.pth" in missing["lpips"]
    assert {name for name, _ in select(["deep"], paired=False).missing} == set(SETS["deep"]) - {"lpips", "dists"}


def test_all_is_every_installed_metric_run_or_listed():
    selection = select(["all"], paired=True)
    assert {*names(selection), *(name for name, _ in selection.missing)} == set(METRICS.names())


def test_sets_and_names_stand_beside_each_other():
    assert names(select(["piqe", "classic", "piqe"], paired=True)) == names(select(["classic"], paired=True))


@pytest.mark.realdata
def test_lpips_with_half_of_its_files_is_missing_the_other_half(real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path))
    (tmp_path / "metrics").mkdir()
    own = real_data / "weights" / "iqa" / "lpips_lin" / "v0.1_alex.pth"
    (tmp_path / "metrics" / "LPIPS_v0.1_alex-df73285e.pth").symlink_to(own)
    assert dict(select(["deep"], paired=True).missing)["lpips"].startswith("missing: alexnet-owt-7be5be79.pth;")


@pytest.mark.realdata
def test_with_the_files_in_the_cache_everything_runs(real_weights):
    selection = select(["classic"], paired=False)
    assert not selection.missing
    assert {"niqe", "brisque", "ilniqe"} <= set(names(selection))
