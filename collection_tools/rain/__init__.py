"""Rain, measured: how much of it a photograph shows, of which kinds, and how sure that is.

::

    view.py       the picture as every measure sees it: one size, sRGB and luma
    cue.py        a value with its confidence
    streaks.py    direction, density and parallelism of streaks (structure tensor)
    veil.py       the veil of far rain (dark channel)
    drops.py      drops on the lens (round patches sharper or softer than what is around them)
    light.py      day or night, and how grey the light is
    presence.py   all of them weighed into one probability of rain; the weights are in presence.toml
    measure.py    everything of one photograph at once, and the words for it

All are pure functions of the pixels: no file, no camera, nothing learned but the weights of six cues.
"""

from __future__ import annotations

from collection_tools.rain.cue import Cue
from collection_tools.rain.measure import Measured, measure, tags

__all__ = ["Cue", "Measured", "measure", "tags"]
