"""DSC, discriminative sparse coding: background and rain are sparse over atoms that exclude each other.

Luo, Xu and Ji, Removing rain from a single image via discriminative sparse coding, ICCV 2015. Rain is not added but
screened: with J the rainy luma, I the background, R the rain layer and ∘ the product pixel by pixel,

    J = I + R - I ∘ R

and the 16 x 16 patches of both layers are to be sparse over 512 and 128 atoms, those of the rain not being of use for
the background and the other way round. By turns:

    codes       of the patches of J, over both dictionaries at once, by orthogonal matching pursuit; with L the mean of
                what the rain's atoms give where patches overlap, R = L / (1 - I) and I = (J - R) / (1 - R)
    dictionary  of the background: fitted to the codes of I; an atom too much like one of the rain's is given up

(:mod:`baselines.priors.dictionary`). In colour, every channel is unscreened by the same R.

Ours: the rain's atoms are not learnt, but are thin lines at 64 places, in the direction of the rain
(:mod:`baselines.priors.direction`), with codes above 0 alone, because a streak only brightens. Of the background's
atoms 384 are edges along that direction and near it, which stay: with wide lines and without edges, the outlines of
things are taken for lines, and the rain layer holds more background than rain. The others begin as products of cosines
and are learnt from the picture itself, which changes the result by 0.1 dB. The codes are of J at once, not of two
layers by turns; all numbers but the paper's sizes of patches and dictionaries.

Some fifteen seconds per megapixel. On the middles, 192 pixels wide, of three photographs under long streaks of 10° it
gains 3.6, 4.1 and 1.5 dB over the input (coffee, astronaut, chelsea); the same without rain come out at 41, 38 and 47.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch

from baselines.priors.dictionary import improved, sparse_codes
from baselines.priors.direction import beside, rain_angle
from baselines.priors.layer import LUMA
from baselines.priors.patches import assembled, patches_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    Floats = npt.NDArray[np.float32]
    Array = TypeVar("Array", npt.NDArray[np.float32], npt.NDArray[np.float64])

__all__ = ["cosine_atoms", "dsc", "edge_atoms", "rain_lines", "screened_rain"]

SIDE = 16
"""Side of a patch, in pixels."""

STEP = 4
"""Pixels from one patch to the next."""

PLACES, WIDTHS = 64, (0.5, 0.9)
"""Places of lines and of edges, and the lines' standard deviations across in pixels: 128 atoms of the rain. Wider ones
are of more use for the background than for rain."""

BACKGROUND = 512
"""Atoms of the background, edges among them."""

TURNS, EDGE_WIDTHS = (0, -10, 10), (0.2, 0.7)
"""Directions of edges against the rain's, in degrees, and half their widths in pixels: 384 atoms of the background."""

COUNT = 12
"""Most atoms for a patch."""

FAINTEST = 0.12
"""Norm of the least part that is worth an atom: 0.0075 at every pixel of a patch."""

ALIKE = 0.7
"""Product with an atom of the rain from which one that was learnt for the background is given up."""

ROUNDS, SAMPLES = 1, 4000
"""Of learning, and patches that are learnt from."""

MOST = 0.9
"""Greatest rain layer: behind it nothing could be told."""

_AT_ONCE = 4096


def dsc(rainy: Tensor) -> Tensor:
    """Unscreen the rain that atoms of rain explain.

    Shape:
        rainy, returns: float32 ``(N, 3, H, W)``, in [0, 1]; H and W at least ``SIDE + STEP``.
    """
    derained = []
    for pixels in rainy.detach().cpu().numpy():
        luma = np.tensordot(np.array(LUMA, dtype=np.float32), pixels, axes=1)
        rain = screened_rain(luma, rain_angle(luma.astype(np.float64)))
        derained.append(np.clip((pixels - rain) / (1 - rain), 0, 1))
    return torch.from_numpy(np.stack(derained)).to(rainy)


def screened_rain(luma: Floats, angle: float) -> Floats:
    """Return the rain layer R of the module's docstring.

    Args:
        luma: The picture's luma.
        angle: Direction of the rain, in degrees from the vertical; positive leans to the right going down.

    Shape:
        luma, returns: float32 ``(H, W)``; R in [0, ``MOST``].
    """
    height, width = luma.shape
    rainy = np.pad(luma, [(SIDE, SIDE + -side % STEP) for side in luma.shape], mode="reflect")
    patches = patches_of(rainy, SIDE, STEP)
    patches = patches - patches.mean(axis=1, keepdims=True)
    lines = rain_lines(angle)
    background = _learnt(patches, lines, angle)
    for start in range(0, len(patches), _AT_ONCE):  # what the rain's atoms give takes the patches' place
        part = slice(start, start + _AT_ONCE)
        patches[part] = _coded(patches[part], background, lines)[1] @ lines
    added = assembled(patches, (rainy.shape[0], rainy.shape[1]), STEP)
    layer: Floats = np.clip(added / np.maximum(1 - (rainy - added), 1 - MOST), 0, MOST)
    return layer[SIDE : SIDE + height, SIDE : SIDE + width]


def _coded(patches: Floats, background: Floats, lines: Floats) -> tuple[Floats, Floats]:
    """Return the codes of patches over the atoms of the background and over those of the rain."""
    atoms = np.concatenate([background, _centred(lines)])
    rain = np.arange(len(atoms)) >= len(background)
    codes = sparse_codes(patches, atoms, COUNT, FAINTEST, positive=rain)
    return codes[:, ~rain], codes[:, rain]


def _learnt(patches: Floats, lines: Floats, angle: float) -> Floats:
    """Return the atoms of the background: edges, which stay, and others, fitted to some of the patches."""
    edges, rain = edge_atoms(angle), _centred(lines)
    others = _apart(cosine_atoms(BACKGROUND - len(edges)), rain)
    sample = patches[np.random.default_rng(0).permutation(len(patches))[:SAMPLES]]
    for _ in range(ROUNDS):
        background = np.concatenate([edges, others])
        of_background, of_rain = _coded(sample, background, lines)
        fitted = improved(sample - of_rain @ rain, of_background, background)
        others = _apart(fitted[len(edges) :], rain)
    return np.concatenate([edges, others])


def _apart(atoms: Floats, rain: Floats) -> Floats:
    """Return atoms of the background, those that are too much like one of the rain's set to 0."""
    alike = np.abs(atoms @ rain.T).max(axis=1) > ALIKE
    return np.where(alike[:, None], np.float32(0), atoms)


def rain_lines(angle: float) -> Floats:
    """Return lines in the direction of the rain, at ``PLACES`` places each in all ``WIDTHS``.

    Args:
        angle: In degrees from the vertical; positive leans to the right going down.

    Shape:
        returns: ``(PLACES * len(WIDTHS), SIDE * SIDE)``, at least 0; of norm 1 without their means.
    """
    away = beside(angle, SIDE).ravel()
    places, widths = np.meshgrid(_places(away), WIDTHS)
    lines = np.exp(-0.5 * ((away - places.reshape(-1, 1)) / widths.reshape(-1, 1)) ** 2)
    scaled: Floats = (lines / np.linalg.norm(_centred(lines), axis=1, keepdims=True)).astype(np.float32)
    return scaled


def edge_atoms(angle: float) -> Floats:
    """Return edges between dark and bright, at ``PLACES`` places each in all ``TURNS`` from the rain.

    Args:
        angle: In degrees from the vertical; positive leans to the right going down.

    Shape:
        returns: ``(PLACES * len(TURNS) * len(EDGE_WIDTHS), SIDE * SIDE)``, without their means and of norm 1.
    """
    across = [beside(angle + turn, SIDE).ravel() for turn in TURNS]
    away = np.stack([one - place for one in across for place in _places(one)])
    return _unit(np.concatenate([np.tanh(away / width) for width in EDGE_WIDTHS]))


def cosine_atoms(number: int) -> Floats:
    """Return products of cosines, half as many again as fit a patch's side, without their means and of norm 1.

    Shape:
        returns: ``(number, SIDE * SIDE)``; those that vary least come first.
    """
    count = 3 * SIDE // 2
    waves = np.cos(np.pi * np.outer(np.arange(count), np.arange(SIDE) + 0.5) / count)
    down, across = np.indices((count, count)).reshape(2, -1)
    order = np.argsort(down**2 + across**2, kind="stable")[1 : number + 1]
    return _unit((waves[down[order], :, None] * waves[across[order], None, :]).reshape(number, -1))


def _places(away: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    reach = 0.95 * np.abs(away).max()  # in the very corners there is nothing that a line could be told by
    return np.linspace(-reach, reach, PLACES)


def _centred(atoms: Array) -> Array:
    centred: Array = atoms - atoms.mean(axis=1, keepdims=True)
    return centred


def _unit(atoms: npt.NDArray[np.float64]) -> Floats:
    """Return the atoms without their means and of norm 1."""
    centred = _centred(atoms)
    unit: Floats = (centred / np.linalg.norm(centred, axis=1, keepdims=True)).astype(np.float32)
    return unit
