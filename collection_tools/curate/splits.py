"""Which split a scene belongs to: by the hash of its name, so that it depends on no other scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.digest import sha256_bytes

if TYPE_CHECKING:
    from collection_tools.curate.recipe import Splits
    from nlcl_bench.data.record import Split

__all__ = ["split_of"]


def split_of(scene_id: str, shares: Splits) -> Split:
    """Deal a scene to a split; over many scenes each split gets its share.

    >>> from collection_tools.curate.recipe import Splits
    >>> split_of("0123456789abcdef", Splits(salt="", train=0, validation=0, test=1))
    'test'
    """
    place = int(sha256_bytes(f"{shares.salt}:{scene_id}".encode())[:16], 16) / 2**64
    if place < shares.train:
        return "train"
    return "validation" if place < shares.train + shares.validation else "test"
