import xml.etree.ElementTree as ET

import pytest
import torch

from baselines.analysis.contrasts import QUESTIONS, compare_encoders, matched
from baselines.analysis.encoders import Encoder, pixels, untrained
from baselines.analysis.figure import draw_encoders
from baselines.analysis.layers import Layers, Scope, Source, rendered
from nlcl_bench.core.errors import InputError

SCOPE = Scope(places=12)


def _compared(sources, encoders=None, window=32):
    return compare_encoders(
        sources, encoders or [pixels(), untrained(0)], SCOPE, window=window, weights={}, left_out={"x": "not there"}
    )


def _found(report):
    return {(row.encoder, row.layer, row.question): row for row in report.rows}


def test_matched_windows_have_the_mean_and_deviation_of_the_others():
    windows, like = torch.rand(3, 3, 32, 32), torch.rand(3, 3, 32, 32) * 4 - 1
    done = matched(windows, like)
    assert torch.allclose(done.mean((2, 3)), like.mean((2, 3)), atol=1e-5)
    assert torch.allclose(done.std((2, 3)), like.std((2, 3)), atol=1e-5)
    assert matched(torch.zeros(1, 3, 8, 8), like[:1, :, :8, :8]).std((2, 3)).max() == 0


def test_a_pixel_tells_raw_layers_apart_and_matched_ones_not(photographs):
    """Background is brighter than a rain layer, which is all a pixel knows."""

    def split(photograph, _):
        return Layers(photograph, photograph * 0.2 + 0.6, photograph.flip(-1) * 0.1)

    found = _found(_compared([Source("rendered", photographs("clean", [(96, 96)] * 6), split)], [pixels()]))
    assert found["pixel", 0, "B | R"].area.mean > 0.99
    assert found["pixel", 0, "B | R"].silhouette.mean > 0.3
    assert abs(found["pixel", 0, "B | R matched"].area.mean - 0.5) < 0.2
    assert len(found) == len(QUESTIONS)


def test_the_shape_of_what_is_drawn_is_seen_after_matching(photographs):
    """Stripes instead of rain: a layer that looks beyond the pixel must know them whatever their brightness."""

    def split(photograph, _):
        stripes = torch.zeros_like(photograph)
        stripes[..., ::2] = 0.3
        return Layers(photograph + stripes, photograph, stripes)

    report = _compared([Source("rendered", photographs("clean", [(96, 96)] * 4), split)], [untrained(0)])
    found = _found(report)
    assert max(found["untrained", layer, "B | R matched"].area.mean for layer in (0, 3, 7, 11)) > 0.95
    assert max(found["untrained", layer, "B | O matched"].area.mean for layer in (0, 3, 7, 11)) > 0.8


def test_without_rain_there_is_nothing_to_tell_apart(photographs):
    def split(photograph, _):
        return Layers(photograph, photograph, torch.zeros_like(photograph))

    found = _found(_compared([Source("rendered", photographs("clean"), split)]))
    for encoder, layer in {key[:2] for key in found}:
        assert found[encoder, layer, "B | O"].area.mean == pytest.approx(0.5, abs=1e-6)


def test_the_figure_is_well_formed_and_shows_every_number(photographs):
    encoders = [pixels(), Encoder('<script>"&', torch.nn.Sequential(torch.nn.Identity()), (0,))]
    report = _compared([rendered(photographs("clean"))], encoders)
    drawn = ET.fromstring(draw_encoders(report))  # noqa: S314 (our own)
    name = "{http://www.w3.org/2000/svg}"
    assert len(drawn.findall(f".//{name}circle")) == len(report.rows) == 8
    words = [title.text for title in drawn.iter(f"{name}title")]
    assert sorted(words) == sorted(
        f"{row.encoder}, layer {row.layer}, {row.question}: {row.area}" for row in report.rows
    )
    assert draw_encoders(report) == draw_encoders(report)


def test_a_single_photograph_and_an_odd_window_are_one_clear_line(photographs):
    with pytest.raises(InputError, match="holds only one photograph that can be used"):
        _compared([rendered(photographs("one", [(96, 96)]))])
    with pytest.raises(InputError, match="a window of 44 pixels is no multiple of 8"):
        _compared([rendered(photographs("clean"))], window=44)
