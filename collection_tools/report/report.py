"""Report: what a curation made of a store, as one page and a few tables.

Before it comes :mod:`collection_tools.curate.curate`, beside it :mod:`collection_tools.review`: the page shows a sample
of everything, the review every photograph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.collect.store import read_rejected
from collection_tools.report.cases import cases
from collection_tools.report.gather import gather
from collection_tools.report.groups import fill, largest_groups
from collection_tools.report.opened import opened
from collection_tools.report.page import page
from collection_tools.report.summary import Summary, tables
from collection_tools.report.thumbnails import develop
from collection_tools.report.view import view
from nlcl_bench.core.files import existing_folder, writing
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collection_tools.report.cases import Case
    from collection_tools.report.gather import Gathered
    from collection_tools.report.groups import Groups
    from collection_tools.report.opened import Opened
    from collection_tools.report.view import View

__all__ = ["FILE_NAME", "Summary", "report", "tables"]

FILE_NAME = "report.html"


def report(curated: Path, *, track: Track = silent) -> Summary:
    """Write ``CURATED/report.html`` and return what it says in short.

    The same curated folder and store give the same bytes. The memory that is needed beyond the columns of the store's
    manifest grows by eight bytes a photograph.

    Args:
        curated: A folder that :func:`collection_tools.curate.curate.curate` wrote.
        track: Shows how far it is.

    Raises:
        InputError: The folder does not exist.
        ManifestError: It is no curated folder, or it or its store is damaged.
        StorageError: The page cannot be written.
    """
    source = opened(existing_folder(curated))
    limits, refused = source.curation.recipe.privacy, read_rejected(source.store)
    seen = track(cases(source), what="count", total=len(source.rows))
    got = gather(seen, refused.values(), source.withdrawn, source.decisions, limits)
    shown = view(got, _groups(source, got), source.curation)
    html = page(shown, develop(shown.sheets.cases, source, track=track))
    data = html.encode()
    with writing(curated / FILE_NAME) as part:
        part.write_bytes(data)
    return _summary(shown, len(data))


def _groups(source: Opened, got: Gathered) -> Groups:
    groups = largest_groups(got)
    if groups.copies or groups.scenes:
        fill(groups, _showable(source))
    return groups


def _showable(source: Opened) -> Iterator[Case]:
    return (case for case in cases(source, examined=False) if case.row.pixels not in source.withdrawn)


def _summary(shown: View, length: int) -> Summary:
    return Summary(
        met=shown.got.met,
        published=shown.published,
        funnel=tuple(shown.funnel),
        sources=tuple(shown.sources),
        scenes=shown.scenes,
        splits={deal.split: deal.images for deal in shown.deals},
        unsure=shown.got.unsure,
        unlicensed=shown.unlicensed,
        bytes=length,
    )
