import math

import pytest
import torch

from baselines.nlcl.standing import LONG, constants, standing
from baselines.nlcl.step import TERMS


def _history(steps, **values):
    history = torch.full((steps, len(TERMS)), math.nan)
    for name, value in values.items():
        history[:, TERMS.index(name)] = value
    return history


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"layer_contrast": 4.9}, "layer_contrast has collapsed: it stands at 4.9053"),
        ({"layer_contrast": 4.675}, "layer_contrast has saturated: it stands at 4.6737"),
        ({"location_contrast": math.log(256)}, "location_contrast has collapsed: it stands at 5.5452"),
    ],
)
def test_a_contrast_that_stands_still_is_told_with_what_to_do(recipe, values, says):
    config = recipe("released")
    (line,) = standing(_history(LONG, **values), config)
    assert line.startswith(says)
    assert "heads" in line
    assert standing(_history(LONG - 1, **values), config) == ()


def test_one_step_away_from_the_constant_breaks_the_run_and_other_values_are_no_sign(recipe):
    config = recipe("released")
    history = _history(2 * LONG - 1, layer_contrast=4.9053)
    assert standing(history, config)
    history[LONG - 1, TERMS.index("layer_contrast")] = 4.8
    assert standing(history, config) == ()
    assert standing(_history(3 * LONG, layer_contrast=4.8, location_contrast=1.0), config) == ()
    assert standing(_history(3 * LONG), config) == ()  # none was computed


def test_the_constants_are_those_of_the_recipe(recipe):
    config, asymmetric = recipe("nlcl"), recipe("nlcl-asymmetric")
    equal = math.log(config.background_patches + config.rain_patches - 1)
    assert constants(config)["layer_contrast", "collapsed"] == pytest.approx(equal)
    assert constants(asymmetric)["layer_contrast", "collapsed"] == pytest.approx(equal + asymmetric.margin)
    assert constants(config)["location_contrast", "collapsed"] == pytest.approx(math.log(1 + config.location_negatives))
