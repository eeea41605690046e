"""Small pictures inside the page, in which whatever was taken for a face is unrecognisable."""

from __future__ import annotations

import base64
import io
import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from collection_tools.privacy.blur import blurred, with_margins
from collection_tools.privacy.choose import Choice, choose
from collection_tools.published import stored
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

    from collection_tools.collect.store import Collected
    from collection_tools.curate.finding import Finding
    from collection_tools.decisions import Decision
    from collection_tools.privacy.choose import Limits
    from collection_tools.report.cases import Case
    from collection_tools.report.opened import Opened
    from nlcl_bench.core.progress import Track
    from nlcl_bench.data.record import Box

__all__ = ["SIDE", "Picture", "develop", "private"]

SIDE = 160
"""The longer side, in pixels."""

LARGEST = 8000
"""Bytes of one picture, if any quality allows it; so the page stays small whatever is on it."""

_QUALITIES = (80, 60, 40, 20)


class Picture(NamedTuple):
    """A picture as a ``data:`` URI, or why there is none."""

    uri: str
    problem: str


def private(finding: Finding | None, said: Decision | None, limits: Limits) -> Choice:
    """Return what must not be seen of a photograph: what is blurred, and what a person is yet to be asked about."""
    return choose((finding.private if finding else None) or (), said, limits)


def develop(wanted: Sequence[Case], opened: Opened, *, track: Track) -> dict[str, Picture]:
    """Return the small pictures of some photographs by digest.

    What is hidden in one picture of a pair is hidden in both, and what is hidden in the picture that is kept is hidden
    in its copies: a detector finds a face in one and misses it in the other.

    Args:
        wanted: The photographs.
        opened: The store, what was found out about its photographs, and what people said.
        track: Shows how far it is.
    """
    once = {case.row.sha256: case for case in wanted}
    same = _same(opened.rows.rows(), list(once.values()))
    done = {}
    for sha256, case in track(once.items(), what="thumbnails", total=len(once)):
        others = [
            box
            for row in same.get(sha256, ())
            for box in _moved(_unseen(opened, row.sha256), _size(row), _size(case.row))
        ]
        done[sha256] = _picture(opened, case, [*_unseen(opened, sha256), *others])
    return done


def _same(rows: Iterable[Collected], wanted: Sequence[Case]) -> dict[str, list[Collected]]:
    """Return what else shows the same as each photograph: its twin, and what is kept in place of it."""
    kept: defaultdict[str, list[str]] = defaultdict(list)  # by the names of what is sought, who asks for it
    clean: defaultdict[str, list[str]] = defaultdict(list)
    for case in wanted:
        if case.copied_from is not None:
            kept[case.copied_from].append(case.row.sha256)
        if case.row.clean_sha256 is not None:
            clean[case.row.clean_sha256].append(case.row.sha256)
    asking, found = {case.row.sha256 for case in wanted}, defaultdict[str, list["Collected"]](list)
    for row in rows:
        for sha256 in [*kept.get(row.sha256[:16], ()), *clean.get(row.sha256, ())]:
            found[sha256].append(row)
        if row.clean_sha256 in asking:
            found[row.clean_sha256].append(row)
    return found


def _moved(boxes: Iterable[Box], there: tuple[int, int], here: tuple[int, int]) -> Iterable[Box]:
    """Yield the boxes of one picture where they lie in another of another size (columns, rows) that shows the same."""
    across, down = here[0] / there[0], here[1] / there[1]
    for box in boxes:
        left, top = math.floor(box.left * across), math.floor(box.top * down)
        width, height = math.ceil(box.width * across) + 1, math.ceil(box.height * down) + 1
        inside = {"width": min(width, here[0] - left), "height": min(height, here[1] - top)}
        yield box.model_copy(update={"left": left, "top": top, **inside})


def _size(row: Collected) -> tuple[int, int]:
    return row.width, row.height


def _unseen(opened: Opened, sha256: str) -> Iterable[Box]:
    found = private(opened.findings.get(sha256), opened.decisions.get(sha256), opened.curation.recipe.privacy)
    return found.blur + found.ask


def _picture(opened: Opened, case: Case, hide: Iterable[Box]) -> Picture:
    """Return a photograph upright, small, and without what is private."""
    row = case.row
    if row.pixels in opened.withdrawn:
        return Picture("", "was withdrawn")
    try:
        image = decode(stored(opened.store, row), where=row.file, at_least=SIDE)
        wide = with_margins(hide, _size(row))
    except ImageError as error:
        return Picture("", error.what)
    image = blurred(image, _moved({*wide, *(case.record.blurred if case.record else ())}, _size(row), image.size))
    image.thumbnail((SIDE, SIDE))
    return Picture("data:image/jpeg;base64," + base64.b64encode(_jpeg(image)).decode(), "")


def _jpeg(image: Image.Image) -> bytes:
    data = b""
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        data = file.getvalue()
        if len(data) <= LARGEST:
            break
    return data
