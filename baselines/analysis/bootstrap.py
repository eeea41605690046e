"""How sure a mean over photographs is.

Places in one photograph resemble each other and are no independent witnesses, so whole photographs are drawn with
replacement (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nlcl_bench.data.record import Row

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Mean", "mean_of"]

_DIGITS = 5  # of what is written: far below any interval


class Mean(Row):
    """A mean over photographs with its 95 % percentile interval; of one photograph there is none.

    Attributes:
        mean: The mean.
        low: Lower end of the interval.
        high: Upper end.
    """

    mean: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        """Return it as in a table.

        >>> str(Mean(mean=0.91, low=0.88, high=0.93))
        '0.91 [0.88, 0.93]'
        """
        return f"{self.mean:.2f}" if self.low is None else f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


def mean_of(values: npt.ArrayLike, *, draws: int, seed: int) -> Mean:
    """Return the mean of one value per photograph, with its interval.

    Of a handful of photographs the interval is too short: it cannot know what was never drawn.

    >>> mean_of([1.0, 2.0, 3.0, 2.0], draws=2000, seed=0)
    Mean(mean=2.0, low=1.25, high=2.75)
    """
    one = np.asarray(values, dtype=np.float64)
    mean = round(float(one.mean()), _DIGITS)
    if len(one) < 2:  # noqa: PLR2004 (one photograph says nothing about others)
        return Mean(mean=mean, low=None, high=None)
    drawn = np.random.default_rng(seed).multinomial(len(one), [1 / len(one)] * len(one), size=draws) @ one / len(one)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Mean(mean=mean, low=round(float(low), _DIGITS), high=round(float(high), _DIGITS))
