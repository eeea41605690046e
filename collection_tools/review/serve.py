"""Review: serve the page to the browser of the person who asked for it, until they end it.

Before it comes :func:`collection_tools.curate.curate.curate`, which applies the decisions when it runs again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collection_tools.decisions import FILE_NAME
from collection_tools.review.app import build_app
from collection_tools.review.gallery import read_gallery
from collection_tools.review.journal import journal
from nlcl_bench.core.loopback.serve import listening, serve_page
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Reviewed", "serve"]


class Reviewed(NamedTuple):
    """What a review came to: how many decisions were made, and the list they stand in."""

    decisions: int
    file: Path


def serve(
    curated: Path, *, port: int = 0, open_browser: bool = True, say: Callable[[str], None], track: Track = silent
) -> Reviewed:
    """Serve the review page on this machine only, until Ctrl-C.

    Args:
        curated: A folder that :func:`collection_tools.curate.curate.curate` wrote.
        port: The port; 0 takes a free one.
        open_browser: Whether to open the page, too.
        say: Gets what the person should know, the address first, a line each.
        track: Shows how far reading the curation is.

    Raises:
        InputError: The port is taken, or the store is not where the curation says.
        ManifestError: The folder is not curated, or a manifest or the list of decisions is damaged.
        StorageError: Another review of the store is open, or the store is read-only.
    """
    gallery = read_gallery(curated, track=track)
    with journal(gallery.store) as decisions, listening(port) as listener:
        what = f"{len(gallery.photos)} photographs to review"
        app = build_app(gallery, decisions)
        serve_page(app, listener, name="review", what=what, open_browser=open_browser, say=say)
    return Reviewed(decisions.made, gallery.store / FILE_NAME)
