"""What the asymmetric layer contrast does: ``python benchmarks/asymmetry.py``.

Free vectors, 8 of a background and 128 of rain in a space of 64 dimensions, begin at random and follow the gradient of
the layer contrast until nothing moves, for several margins. Shown per layer: the mean similarity of two vectors (1: one
point) and the effective dimension, the participation ratio ``(sum l)^2 / sum l^2`` of the eigenvalues of their
covariance.
"""

from __future__ import annotations

import sys

import torch
from torch import Tensor
from torch.nn import functional

from baselines.nlcl.losses import asymmetric_layer_contrast

SEEDS = 3
STEPS = 2000


def settled(margin: float, seed: int) -> tuple[Tensor, Tensor]:
    """Return the vectors of both layers, of length 1, after the descent."""
    free = torch.randn(1, 136, 64, generator=torch.Generator().manual_seed(seed), requires_grad=True)
    descent = torch.optim.Adam([free], lr=0.05)
    for number in range(STEPS):
        descent.param_groups[0]["lr"] = 0.05 * (1 - number / STEPS)
        vectors = functional.normalize(free, dim=-1)
        loss = asymmetric_layer_contrast(vectors[:, :8], vectors[:, 8:], margin=margin)
        descent.zero_grad()
        torch.autograd.backward(loss)
        descent.step()
    vectors = functional.normalize(free.detach(), dim=-1)[0]
    return vectors[:8], vectors[8:]


def similarity(vectors: Tensor) -> float:
    """Return the mean similarity of two different vectors."""
    count = len(vectors)
    return float(((vectors @ vectors.T).sum() - count) / (count * (count - 1)))


def dimension(vectors: Tensor) -> float:
    """Return the participation ratio; 0 for a single point."""
    spread = torch.linalg.eigvalsh(torch.cov(vectors.T.double())).clamp(min=0)
    return 0.0 if float(spread.sum()) < 1e-4 else float(spread.sum() ** 2 / (spread**2).sum())


def main() -> None:
    """Print a line per margin: mean over seeds."""
    head = ("margin", "similarity B", "similarity R", "between", "dimension B", "dimension R")
    sys.stdout.write("".join(f"{word:>14}" for word in head) + "\n")
    for margin in (0.0, 0.25, 0.5, 0.75):
        rows = []
        for seed in range(SEEDS):
            background, rain = settled(margin, seed)
            between = float((background @ rain.T).mean())
            rows.append([similarity(background), similarity(rain), between, dimension(background), dimension(rain)])
        means = torch.tensor(rows).mean(0).tolist()
        sys.stdout.write("".join(f"{value:14.3f}" for value in (margin, *means)) + "\n")


if __name__ == "__main__":
    main()
