"""Scenes and their splits, which never change once they are published.

Photographs that are linked, directly or over others, are of one scene, and a scene lies in one split. A new
photograph joins the scene it is linked to; one that would tie together scenes of different splits is not published,
because it would leak from one into the other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nlcl_bench.data.record import ImageId, Row, Split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Placement", "groups", "place"]


class Placement(Row):
    """Where an image was put when it was first published, and stays."""

    image_id: ImageId
    scene_id: ImageId
    split: Split


def place(
    images: Sequence[str],
    links: Sequence[tuple[str, str]],
    earlier: Mapping[str, Placement],
    split_of: Callable[[str], Split],
) -> tuple[dict[str, Placement], dict[str, str]]:
    """Put every image into a scene and a split, whatever the order of images and links.

    Args:
        images: Names of all images that are kept so far.
        links: Pairs of images that show one scene.
        earlier: Where images were put before; those stay.
        split_of: Deals a new scene to a split.

    Returns:
        The placements of all images but the refused ones, and the reasons of those.
    """
    placed = {image: earlier[image] for image in images if image in earlier}
    touched, among_new = _sorted_links(links, placed)
    refused = {image for image, scenes in touched.items() if _splits(scenes) > 1}
    new = [image for image in images if image not in placed and image not in refused]
    for group in groups(new, among_new):
        scenes = {scene for image in group for scene in touched.get(image, ())}
        if _splits(scenes) > 1:
            refused.update(group)
            continue
        scene, split = min(scenes) if scenes else (group[0], split_of(group[0]))
        placed |= {image: Placement(image_id=image, scene_id=scene, split=split) for image in group}
    return placed, _reasons(refused, links, placed)


def _sorted_links(
    links: Iterable[tuple[str, str]], placed: Mapping[str, Placement]
) -> tuple[dict[str, set[tuple[str, Split]]], list[tuple[str, str]]]:
    """Return the old scenes that each new image is linked to, and the links between new images."""
    touched: dict[str, set[tuple[str, Split]]] = defaultdict(set)
    among_new = []
    for pair in links:
        old = [image for image in pair if image in placed]
        if not old:
            among_new.append(pair)
        elif len(old) == 1:
            home = placed[old[0]]
            touched[pair[1] if pair[0] in placed else pair[0]].add((home.scene_id, home.split))
    return touched, among_new


def _splits(scenes: Iterable[tuple[str, Split]]) -> int:
    return len({split for _, split in scenes})


def _reasons(refused: set[str], links: Sequence[tuple[str, str]], placed: Mapping[str, Placement]) -> dict[str, str]:
    """Name the scenes that each refused image looks like, as they are in the end: running again says the same."""
    scenes = _sorted_links(links, placed)[0]
    listed = {image: ", ".join(f"{scene} ({split})" for scene, split in sorted(scenes[image])) for image in refused}
    what = "would tie together scenes of different splits"
    return {image: f"{what}: {listed[image]}" if listed[image] else what for image in sorted(refused)}


def groups(images: Sequence[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the connected components, each sorted, in the order of their first members.

    >>> groups(["c", "b", "a"], [("a", "c")])
    [['a', 'c'], ['b']]
    """
    ordered = sorted(images)
    number = {image: index for index, image in enumerate(ordered)}
    ends = np.array([(number[a], number[b]) for a, b in links if a in number and b in number], np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(len(ordered), len(ordered)))
    found: dict[int, list[str]] = defaultdict(list)
    if ordered:
        for image, label in zip(ordered, connected_components(graph, directed=False)[1], strict=True):
            found[int(label)].append(image)
    return list(found.values())
