"""The table of metrics says of each what its spec says."""

from __future__ import annotations

from pathlib import Path

from nlcl_bench.metrics.catalogue import METRICS

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


OURS = ("entropy", "niqe", "ilniqe", "brisque", "piqe", "psnr", "psnr_y", "ssim", "ms_ssim")
"""Of the literature, but computed by our own modules."""


def row(spec) -> str:
    """Return the line of the table that belongs to a metric of the literature."""
    low, high = (f"{bound:.4g}" for bound in spec.bounds)
    files = "<br>".join(f"`{file.path.name}`" for file in spec.files) or "none"
    terms = "<br>".join(file.licence for file in spec.files) or "none"
    arrow = {"higher": "↑", "lower": "↓"}[spec.better]
    return f"| `{spec.id}` | {spec.title} | {arrow} | {low} to {high} | {spec.minimum_side} | {files} | {terms} |"


def test_every_metric_of_the_literature_has_its_row():
    specs = [METRICS.get(name) for name in METRICS.names()]
    rows = [row(spec) for spec in specs if spec.implementation.startswith("pyiqa") or spec.name in OURS]
    assert [one for one in rows if one not in PAGE.splitlines()] == []


def test_every_measure_of_our_own_is_named_with_its_direction():
    specs = [METRICS.get(name) for name in METRICS.names()]
    ours = [spec for spec in specs if spec.implementation == "nlcl-bench" and spec.name not in OURS]
    for spec in ours:
        arrow = {"higher": "↑", "lower": "↓"}[spec.better]
        assert f"| `{spec.id}` | {arrow} |" in PAGE or f"`{spec.id}` ({arrow}," in PAGE


def test_what_has_no_digest_is_named():
    files = {file.path.name: file for name in METRICS.names() for file in METRICS.get(name).files}
    for name, file in files.items():
        assert (f"`{name}`" in PAGE.partition("## Files without a digest")[2]) == (file.sha256 is None)
