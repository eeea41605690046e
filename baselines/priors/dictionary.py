"""Sparse codes over dictionaries of two kinds of atoms: found greedily, many patches at once.

Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad, Asilomar 1993): take the atom that the rest of a patch
is most alike, fit all that were taken by least squares, and go on. All of it but the products of patches and atoms
works on the atoms' products with each other (Rubinstein, Zibulevsky and Elad, Efficient implementation of the K-SVD
algorithm using batch orthogonal matching pursuit, 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["improved", "sparse_codes"]

_RIDGE = 1e-4


def sparse_codes(
    patches: Floats, atoms: Floats, count: int, faintest: float, *, positive: npt.NDArray[np.bool_]
) -> Floats:
    """Return codes with at most ``count`` numbers other than 0 for each patch.

    Args:
        patches: What is to be coded.
        atoms: Of norm 1, or 0 for one that is never taken.
        count: Most atoms for a patch.
        faintest: A patch is done when no atom's product with its rest is above this.
        positive: Which atoms may only be added; the fit may still make a code of theirs negative, which is set to 0.

    Shape:
        patches: ``(N, D)``.
        atoms: ``(A, D)``.
        positive: ``(A,)``.
        returns: ``(N, A)``.
    """
    gram, products = atoms @ atoms.T, patches @ atoms.T
    codes, rest = np.zeros_like(products), products
    going, chosen = np.arange(len(patches)), np.zeros((len(patches), 0), dtype=np.intp)
    for _ in range(count):
        score = np.where(positive, rest, np.abs(rest))
        np.put_along_axis(score, chosen, -1, axis=1)
        best = score.argmax(axis=1)[:, None]
        worth = np.take_along_axis(score, best, axis=1)[:, 0] > faintest
        going, chosen = going[worth], np.concatenate([chosen, best], axis=1)[worth]
        fitted = _fitted(products[going], gram, chosen)
        codes[going] = fitted
        rest = products[going] - fitted @ gram
    return np.where(positive, np.maximum(codes, 0), codes)


def _fitted(products: Floats, gram: Floats, chosen: npt.NDArray[np.intp]) -> Floats:
    """Return the codes ``(N, A)`` of least squares over the atoms ``(N, T)`` that were chosen for each patch."""
    among = gram[chosen[:, :, None], chosen[:, None, :]] + _RIDGE * np.eye(chosen.shape[1], dtype=np.float32)
    values = np.linalg.solve(among, np.take_along_axis(products, chosen, axis=1)[..., None])[..., 0]
    codes = np.zeros_like(products)
    np.put_along_axis(codes, chosen, values, axis=1)
    return codes


def improved(patches: Floats, codes: Floats, atoms: Floats) -> Floats:
    """Return the atoms that fit codes best (Engan, Aase and Husøy, Method of optimal directions, ICASSP 1999).

    Atoms that no patch uses stay as they are.

    Shape:
        patches: ``(N, D)``.
        codes: ``(N, A)``.
        atoms, returns: ``(A, D)``, of norm 1.
    """
    used = np.abs(codes).sum(axis=0) > 0
    among = codes[:, used]
    square = among.T @ among
    ridge = _RIDGE * float(np.trace(square)) / max(1, len(square)) * np.eye(len(square), dtype=np.float32)
    found = np.linalg.solve(square + ridge, among.T @ patches)
    better = atoms.copy()
    better[used] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    return better
