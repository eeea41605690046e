r"""The losses of NLCL, each a function of tensors.

Symbols: O the rainy image, B its predicted background, R its predicted rain layer, D the discriminator, T the
temperature; ``q``, ``k``, ``z`` are feature vectors of length 1. Every loss is a mean over the batch.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = [
    "TEMPERATURE",
    "adversarial",
    "asymmetric_layer_contrast",
    "brightening",
    "discrimination",
    "fidelity",
    "isotropy",
    "layer_contrast",
    "location_contrast",
    "location_contrast_within",
    "self_consistency",
    "sparsity",
]

TEMPERATURE = 0.07
"""T of both contrasts."""


def self_consistency(background: Tensor, rain: Tensor, rainy: Tensor) -> Tensor:
    """Ask that both layers add up to the rainy image: ``mean((B + R - O) ** 2)``.

    Shape:
        background, rain, rainy: ``(N, 3, H, W)``, values in [-1, 1] for O.

    >>> self_consistency(torch.ones(1, 3, 2, 2), torch.ones(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)).item()
    4.0
    """
    return functional.mse_loss(background + rain, rainy)


def sparsity(rain: Tensor) -> Tensor:
    """Ask that rain is nowhere but where it is: ``mean(|R|)``.

    Shape:
        rain: ``(N, 3, H, W)``.

    >>> sparsity(torch.tensor([[1.0, -3.0]])).item()
    2.0
    """
    return rain.abs().mean()


def brightening(rain: Tensor) -> Tensor:
    """Ask that rain makes brighter: ``mean(max(-R, 0))``.

    A falling drop shows the mean of nearly the whole scene, which is brighter than what it passes in front of
    wherever it is seen at all (Garg and Nayar, CVPR 2004).

    Shape:
        rain: ``(N, 3, H, W)``.

    >>> brightening(torch.tensor([[1.0, -3.0]])).item()
    1.5
    """
    return functional.relu(-rain).mean()


def isotropy(rain: Tensor, window: int = 16) -> Tensor:
    r"""Ask that rain is made of streaks: that it changes across one direction and not along it.

    ``mean_w  4 det(J_w) / tr(J_w)^2``, weighted by ``tr(J_w)``, with J_w the structure tensor of the rain layer's mean
    over colours, averaged over a window: 0 where all gradients are parallel, 1 where they point everywhere alike.

    Shape:
        rain: ``(N, 3, H, W)``, H and W at least ``window + 1``.

    >>> wave = torch.sin(torch.arange(33.0)).expand(1, 3, 33, 33)
    >>> round(isotropy(wave).item(), 4), round(isotropy(wave + wave.mT).item(), 1)
    (0.0, 1.0)
    """
    grey = rain.mean(1, keepdim=True)
    down, across = grey[..., 1:, :-1] - grey[..., :-1, :-1], grey[..., :-1, 1:] - grey[..., :-1, :-1]
    xx, yy, xy = (functional.avg_pool2d(product, window) for product in (across**2, down**2, across * down))
    trace = xx + yy
    bend = 4 * (xx * yy - xy * xy) / (trace + 1e-8)
    over = (1, 2, 3)  # each image by itself
    return (bend.sum(over) / (trace.sum(over) + 1e-8)).mean()


def fidelity(background: Tensor, truth: Tensor) -> Tensor:
    """Ask that a background is the known one: ``mean(|d|) / 4 + 5 mean(d ** 2)`` with ``d = (B - truth) / 2``.

    Known is the background where rain was rendered on a clean photograph, and where there is no rain at all. The
    absolute value alone is content with leaving faint rain, which is the median of what may be; the square sees the
    few strong streaks.

    Shape:
        background, truth: ``(N, 3, H, W)``, values in [-1, 1].

    >>> fidelity(torch.ones(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)).item()
    1.375
    """
    difference = (background - truth) / 2
    return difference.abs().mean() / 4 + 5 * difference.square().mean()


def adversarial(derained: Tensor) -> Tensor:
    """Ask that D takes the background for a clean photograph: ``mean((D(B) - 1) ** 2)`` (Mao et al., ICCV 2017).

    Shape:
        derained: the logits D(B), any shape.

    >>> adversarial(torch.zeros(1, 1, 6, 6)).item()
    1.0
    """
    return (derained - 1).square().mean()


def discrimination(derained: Tensor, clean: Tensor) -> Tensor:
    """Ask D to tell both apart: ``(mean(D(B) ** 2) + mean((D(clean) - 1) ** 2)) / 2``.

    Shape:
        derained, clean: logits of D, any shape.

    >>> discrimination(torch.zeros(1), torch.ones(1)).item()
    0.0
    """
    return (derained.square().mean() + (clean - 1).square().mean()) / 2


def location_contrast(
    anchors: Tensor, positives: Tensor, negatives: Tensor, temperature: float = TEMPERATURE
) -> Tensor:
    r"""Ask that each place of the output shows what the same place of the input shows, and no other place.

    ``mean_i  -log( exp(q_i.k_i / T) / (exp(q_i.k_i / T) + sum_j exp(q_i.n_ij / T)) )``

    with ``q_i`` from the output, ``k_i`` from the same place of the input and ``n_ij`` from places of the input
    that look least like it. This is InfoNCE as in Park et al., ECCV 2020.

    Shape:
        anchors: ``(..., D)``, length 1.
        positives: ``(..., D)``, length 1.
        negatives: ``(..., K, D)``, length 1.
    """
    positive = (anchors * positives).sum(-1, keepdim=True)
    negative = (negatives @ anchors[..., None])[..., 0]
    logits = torch.cat((positive, negative), -1) / temperature
    return (logits.logsumexp(-1) - logits[..., 0]).mean()


def location_contrast_within(anchors: Tensor, positives: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    r"""The same with the other places of the set as negatives, as the published code has it.

    ``mean_i  -log( exp(q_i.k_i / T) / sum_j exp(q_i.k_j / T) )``

    Shape:
        anchors, positives: ``(N, K, D)``, length 1.
    """
    logits = anchors @ positives.transpose(1, 2) / temperature
    return (logits.logsumexp(-1) - logits.diagonal(dim1=1, dim2=2)).mean()


def layer_contrast(background: Tensor, rain: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    r"""Ask that patches of one layer are alike, and unlike the patches of the other layer.

    With Z all vectors of an image, both layers' together, and P(i) the others of the layer of i:

    ``mean_i  -1/|P(i)|  sum_{p in P(i)}  log( exp(z_i.z_p / T) / sum_{a in Z, a != i} exp(z_i.z_a / T) )``

    This is the supervised contrastive loss with the sum outside the logarithm (Khosla et al., NeurIPS 2020,
    eq. 2) with the layers as classes. For 8 background and 128 rain vectors and T = 0.07 it is 4.9053 when all are
    equal and 4.6737, its minimum, when each layer is one point and the two are opposite.

    Shape:
        background: ``(N, K_B, D)``, length 1, K_B >= 2.
        rain: ``(N, K_R, D)``, length 1, K_R >= 2.
    """
    vectors = torch.cat((background, rain), 1)
    layer = torch.arange(vectors.shape[1], device=vectors.device) >= background.shape[1]
    itself = torch.eye(len(layer), dtype=torch.bool, device=vectors.device)
    logits = vectors @ vectors.transpose(1, 2) / temperature
    others = logits.masked_fill(itself, -torch.inf).logsumexp(-1, keepdim=True)
    partners = (layer[:, None] == layer) & ~itself
    return -((logits - others) * partners).sum(-1).div(partners.sum(-1)).mean()


def asymmetric_layer_contrast(
    background: Tensor, rain: Tensor, temperature: float = TEMPERATURE, margin: float = 0.5
) -> Tensor:
    r"""Ask the same, and that the patches of rain lie closer together than those of the background.

    Chang et al. (TPAMI 2024) find non-local image patches of higher intrinsic dimension than rain patches, and
    contrast the layers with "an asymmetric contrastive loss that precisely models the compactness discrepancy of the
    two layers". Their formula is not public; this one is derived from that sentence. With the compactness
    ``C = mean_{i != j} z_i.z_j`` of the vectors of a layer, from 0 for vectors in all directions to 1 for one point:

    ``layer_contrast(B, R) + mean max(0, margin - (C_R - C_B))``

    The layer contrast alone does not care: once the layers are apart, it is the same whatever the similarity within a
    layer, as long as it is the same for all pairs. ``margin`` says by how much rain is to be the more compact layer.

    Shape:
        background: ``(N, K_B, D)``, length 1, K_B >= 2.
        rain: ``(N, K_R, D)``, length 1, K_R >= 2.
    """
    discrepancy = _compactness(rain) - _compactness(background)
    return layer_contrast(background, rain, temperature) + functional.relu(margin - discrepancy).mean()


def _compactness(vectors: Tensor) -> Tensor:
    """Return the mean similarity of different vectors of length 1, ``(N,)``."""
    count = vectors.shape[1]
    return (vectors.sum(1).square().sum(-1) - count) / (count * (count - 1))
