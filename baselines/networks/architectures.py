"""The table of the small supervised networks: what each is called, takes and reaches; nothing heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nlcl_bench.methods.spec import SizeRule, Tiling

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

__all__ = ["ARCHITECTURES", "SPANET_AS_PUBLISHED", "Architecture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A network before it is made.

    Attributes:
        title: Its name in a table.
        new: Gives it with random weights; imports what it needs.
        parameters: How many numbers it learns.
        gmacs: Multiplications with additions for an image of 256 x 256 pixels, in thousand millions.
        tiling: ``own`` for a network of finite reach, which goes over a large photograph in tiles; ``changes_result``
            for one that looks at the whole image.
        reach: How far away, in pixels, that may lie on which a pixel of the output depends; 0 for the others.
        size: Which sizes it takes.
        year: Year of publication.
        paper: Where it was published.
        inside: The key under which the authors' files keep the weights among other things; None if they are all.
    """

    title: str
    new: Callable[[], nn.Module]
    parameters: int
    gmacs: float
    tiling: Tiling
    reach: int = 0
    size: SizeRule = field(default_factory=SizeRule)
    year: int
    paper: str
    inside: str | None = None


def _ddn() -> nn.Module:
    from baselines.networks.ddn import DDN

    return DDN()


def _prenet(*, recurrent: bool, shared: bool) -> Callable[[], nn.Module]:
    def new() -> nn.Module:
        from baselines.networks.prenet import PReNet

        return PReNet(recurrent=recurrent, shared=shared)

    return new


def _rescan() -> nn.Module:
    from baselines.networks.rescan import RESCAN

    return RESCAN()


def _lpnet() -> nn.Module:
    from baselines.networks.lpnet import LPNet

    return LPNet()


def _spanet(*, weighed: bool) -> Callable[[], nn.Module]:
    def new() -> nn.Module:
        from baselines.networks.spanet import SPANet

        return SPANet(weighed=weighed)

    return new


def _nafnet() -> nn.Module:
    from baselines.networks.nafnet import NAFNet

    return NAFNet()


def _progressive(title: str, parameters: int, gmacs: float, *, recurrent: bool, shared: bool) -> Architecture:
    stage = 13 if recurrent else 12  # convolutions of 3x3 pixels in a row, of which there are six times as many
    return Architecture(
        title=title,
        new=_prenet(recurrent=recurrent, shared=shared),
        parameters=parameters,
        gmacs=gmacs,
        tiling="own",
        reach=6 * stage,
        year=2019,
        paper="Ren et al., CVPR 2019",
    )


ARCHITECTURES = {
    "ddn": Architecture(
        title="DDN",
        new=_ddn,
        parameters=57_369,
        gmacs=3.681,
        tiling="own",
        reach=56,  # 26 convolutions behind two means over 31 pixels
        year=2017,
        paper="Fu et al., CVPR 2017",
    ),
    "prenet": _progressive("PReNet", 168_963, 66.25, recurrent=True, shared=False),
    "prenet-r": _progressive("PReNet_r", 94_979, 66.25, recurrent=True, shared=True),
    "prn": _progressive("PRN", 95_107, 37.26, recurrent=False, shared=False),
    "prn-r": _progressive("PRN_r", 21_123, 37.26, recurrent=False, shared=True),
    "rescan": Architecture(
        title="RESCAN",
        new=_rescan,
        parameters=149_823,
        gmacs=32.08,
        tiling="changes_result",  # channels are weighed by their means over the whole image
        year=2018,
        paper="Li et al., ECCV 2018",
    ),
    "lpnet": Architecture(
        title="LPNet",
        new=_lpnet,
        parameters=7_548,
        gmacs=1.736,
        tiling="own",
        reach=240,  # eleven pixels of the coarsest level, which are sixteen each, and the pyramid
        size=SizeRule(multiple_of=16, minimum=16),
        year=2020,
        paper="Fu et al., TNNLS 2020",
    ),
    "spanet": Architecture(
        title="SPANet",
        new=_spanet(weighed=True),
        parameters=283_716,
        gmacs=36.24,
        tiling="changes_result",  # recurrences run along whole rows and columns
        year=2019,
        paper="Wang et al., CVPR 2019",
    ),
    "nafnet": Architecture(
        title="NAFNet, width 16",
        new=_nafnet,
        parameters=288_691,
        gmacs=1.031,
        tiling="changes_result",  # channels are weighed by their means over the whole image
        size=SizeRule(multiple_of=8, minimum=8),
        year=2022,
        paper="Chen et al., ECCV 2022",
    ),
}
"""Every network that ``nlcl-bench train`` knows beside NLCL, by the word after ``--method``."""

SPANET_AS_PUBLISHED = replace(
    ARCHITECTURES["spanet"], new=_spanet(weighed=False), parameters=276_704, gmacs=34.41, inside="net"
)
"""SPANet as its authors' weights want it."""
