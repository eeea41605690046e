import pytest
import torch

from baselines.analysis.ablation import ALL, ablate, variants
from baselines.analysis.layers import Scope
from baselines.nlcl.config import read_config
from baselines.nlcl.crops import from_folder

CPU = torch.device("cpu")


def test_each_loss_is_left_out_once_and_then_all_on_real_rain():
    names = list(variants(read_config("nlcl")))
    assert names[0] == ALL
    assert {"without layer_contrast", "without location_contrast", "without rendered"} <= set(names)
    assert names[-1] == "without any on real rain"
    left = variants(read_config("nlcl"))
    assert left["without layer_contrast"].layer_contrast == 0
    assert left["without layer_contrast"].location_contrast == read_config("nlcl").location_contrast
    assert left["without rendered"].warm_up == 0
    assert len(names) == len(set(names))


def test_a_short_ablation_measures_every_variant_on_the_same_photographs_and_is_not_done_twice(photographs, tmp_path):
    rainy, clean, held = (photographs(name) for name in ("rainy", "clean", "held"))
    unused = dict.fromkeys(("location_contrast", "isotropy", "brightening", "sparsity", "adversarial"), 0.0)
    small = read_config(None, steps=2, crop=48, batch=1, rainy_every=1, rain_layers=4)
    config = small.model_copy(update={"warm_up": 0.0, **unused})

    def given():
        return {"rainy": from_folder(rainy), "clean": from_folder(clean)}

    def run():
        return ablate(config, given, held, tmp_path / "into", seeds=1, scope=Scope(limit=2, side=96), device=CPU)

    report = run()
    assert [one.name for one in report.variants] == list(variants(config))
    assert report.variants[0].against is None
    for one in report.variants[1:]:
        assert one.against is not None
        assert one.against["gain"].mean == pytest.approx(
            one.scores["gain"].mean - report.variants[0].scores["gain"].mean, abs=1e-4
        )
    assert len(report.photographs) == 2
    made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("background.safetensors")}
    assert len(made) == len(report.variants)
    assert run() == report
