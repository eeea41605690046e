"""Which encoder tells rain from image? The comparison behind the choice of an encoder for the layer contrast.

R has another mean and another energy than B, so every encoder, a single pixel even, tells raw layers apart. Four
questions are asked, the first of which is nearly trivial:

=============  ============================================================================================
B | R          image patches from rain patches, as they are
B | R matched  the same, R shifted and scaled to the mean and standard deviation of B, window by window and
               channel by channel: what is left is how rain is shaped
B | O          the background from the rainy photograph at the same places: does the encoder see the rain?
B | O matched  the same, O matched to B: rain is to be seen without its brightness
=============  ============================================================================================

Encoders look at windows around random places, not at whole photographs, so that nothing but the window can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from baselines.analysis.bootstrap import Mean, mean_of
from baselines.analysis.encoders import vectors
from baselines.analysis.layers import Layers, Scope, Seen, Source, Survey, survey
from baselines.analysis.separability import held_out, silhouette
from nlcl_bench import __version__
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.record import Row, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from baselines.analysis.encoders import Encoder

__all__ = ["QUESTIONS", "EncoderRow", "EncodersReport", "compare_encoders", "matched"]

_MULTIPLE = 8  # of a window's side, for encoders that halve the resolution
_FEWEST = 2  # photographs, so that one can be held out


class _Question(NamedTuple):
    first: str
    second: str


QUESTIONS = {
    "B | R": _Question("background", "rain"),
    "B | R matched": _Question("background", "rain matched"),
    "B | O": _Question("background", "rainy"),
    "B | O matched": _Question("background", "rainy matched"),
}
"""What is to be told apart, by the question's name."""


class EncoderRow(Row):
    """One layer of one encoder, asked one question.

    Attributes:
        source: Where the layers of the photographs come from.
        encoder: The encoder's name.
        layer: Which of its layers, by its index.
        channels: How many features that is.
        question: One of ``QUESTIONS``.
        area: Area under the ROC curve of a linear probe in photographs held out from it.
        silhouette: How far both kinds lie apart within a photograph, on the unit sphere.
    """

    source: str
    encoder: str
    layer: int
    channels: int
    question: str
    area: Mean
    silhouette: Mean


class EncodersReport(Row):
    """The content of ``encoders.json``.

    Attributes:
        toolkit: Version of nlcl-bench.
        scope: How much was looked at.
        window: Side of the windows, in pixels.
        weights: Digests of the weight files, by encoder.
        left_out: Encoders that could not be compared, and why.
        photographs: What was used, by source.
        skipped: What could not be used, and why.
        rows: The numbers.
    """

    toolkit: Text
    scope: Scope
    window: int
    weights: dict[str, str]
    left_out: dict[str, str]
    photographs: dict[str, tuple[Seen, ...]]
    skipped: tuple[str, ...]
    rows: tuple[EncoderRow, ...]


_Found = dict[tuple[str, int], dict[str, "npt.NDArray[np.float32]"]]  # by encoder and layer, by kind of window: (n, C)


def compare_encoders(
    sources: Sequence[Source],
    encoders: Sequence[Encoder],
    scope: Scope,
    *,
    window: int,
    weights: dict[str, str],
    left_out: dict[str, str],
    track: Track = silent,
) -> EncodersReport:
    """Ask every layer of every encoder every question.

    Args:
        sources: Where layers come from.
        encoders: What is compared.
        scope: How much is looked at.
        window: Side of the windows, in pixels.
        weights: Digests of the weights behind sources and encoders, to be written down.
        left_out: Encoders that are not there, and why, to be written down.
        track: Shows progress.

    Raises:
        InputError: A source has fewer than two photographs that can be used, or the window's side is no multiple of 8.
    """
    if window % _MULTIPLE:
        raise InputError(
            f"a window of {window} pixels is no multiple of {_MULTIPLE}", where="encoders", fix="such as 48, 64 or 96"
        )
    rows: list[EncoderRow] = []
    photographs: dict[str, tuple[Seen, ...]] = {}
    skipped: list[str] = []
    for source in sources:
        seen = _survey(source, encoders, scope, window, track)
        photographs[source.name] = seen.photographs
        skipped += seen.skipped
        keys = list(seen.found[0])
        for key in track(keys, what=f"probe {source.name} layers", total=len(keys)):
            rows += _rows(source.name, key, seen, scope)
    return EncodersReport(
        toolkit=__version__,
        scope=scope,
        window=window,
        weights=weights,
        left_out=left_out,
        photographs=photographs,
        skipped=tuple(skipped),
        rows=tuple(rows),
    )


def _survey(source: Source, encoders: Sequence[Encoder], scope: Scope, window: int, track: Track) -> Survey[_Found]:
    def look(layers: Layers, chance: np.random.Generator) -> _Found:
        return _look(layers, encoders, window, scope.places, chance)

    seen = survey(source, look, scope, least=window, track=track)
    if len(seen.found) < _FEWEST:
        raise InputError(
            "holds only one photograph that can be used; a probe must be tried on another one than it learnt from",
            where=source.folder,
            fix="give at least two photographs",
        )
    return seen


def _look(layers: Layers, encoders: Sequence[Encoder], window: int, places: int, chance: np.random.Generator) -> _Found:
    """Return what every encoder sees in windows of one photograph."""
    height, width = layers.rainy.shape[-2:]
    corners = chance.integers(0, (height - window + 1, width - window + 1), (places, 2))

    def cut(image: Tensor) -> Tensor:
        return torch.cat([image[..., top : top + window, left : left + window] for top, left in corners.tolist()])

    background, rain, rainy = cut(layers.background), cut(layers.rain), cut(layers.rainy)
    kinds = {
        "background": background,
        "rain": rain,
        "rain matched": matched(rain, background),
        "rainy": rainy,
        "rainy matched": matched(rainy, background),
    }
    found: _Found = {}
    for encoder in encoders:
        for kind, windows in kinds.items():
            for layer, seen in zip(encoder.layers, vectors(encoder, windows), strict=True):
                found.setdefault((encoder.name, layer), {})[kind] = seen.numpy()
    return found


def matched(windows: Tensor, like: Tensor) -> Tensor:
    """Shift and scale windows so that each channel of each has the mean and standard deviation of another's.

    A window that is flat stays flat.

    Shape:
        windows, like: ``(N, C, H, W)``.
        returns: the same shape.
    """
    mean, deviation = windows.mean((2, 3), keepdim=True), windows.std((2, 3), keepdim=True)
    scale = torch.where(deviation > 0, like.std((2, 3), keepdim=True) / deviation, 0)
    return (windows - mean) * scale + like.mean((2, 3), keepdim=True)


def _rows(source: str, key: tuple[str, int], seen: Survey[_Found], scope: Scope) -> Iterator[EncoderRow]:
    for name, question in QUESTIONS.items():
        first, second = ([one[key][kind] for one in seen.found] for kind in question)
        apart = [silhouette(*pair) for pair in zip(first, second, strict=True)]
        yield EncoderRow(
            source=source,
            encoder=key[0],
            layer=key[1],
            channels=first[0].shape[1],
            question=name,
            area=mean_of(held_out(first, second), draws=scope.draws, seed=scope.seed),
            silhouette=mean_of(apart, draws=scope.draws, seed=scope.seed),
        )
