"""Rights in a release: unknown ones are refused, the others are named, image by image."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from collection_tools.collect.sources import UNKNOWN_LICENCE
from collection_tools.collect.store import open_store
from collection_tools.release.words import render
from nlcl_bench.core.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlcl_bench.data.record import Record

__all__ = ["attribution", "hub_licence", "licence_counts", "refuse_unknown"]

# SPDX ids, in lower case, that the Hub knows by the same name and that are used for photographs.
_HUB = frozenset(
    """
    apache-2.0 mit 0bsd cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
    cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
    cc-by-nd-4.0 unlicense wtfpl
    """.split()  # noqa: SIM905 (one a line would be a page)
)


def licence_counts(records: Sequence[Record]) -> list[tuple[str, int]]:
    """Return the licences and how many images have each, most frequent first."""
    return sorted(Counter(record.rights.licence for record in records).items(), key=lambda item: (-item[1], item[0]))


def hub_licence(records: Sequence[Record]) -> tuple[str, str | None]:
    """Return the Hub's ``license`` and ``license_name``: a known id for all images, or ``other`` and a name."""
    licences = [licence for licence, _ in licence_counts(records)]
    if len(licences) > 1:
        return "other", "mixed-per-image"
    only = licences[0].lower()
    return (only, None) if only in _HUB else ("other", re.sub(r"[^a-z0-9.-]+", "-", only).strip("-") or "own-terms")


class _Group(NamedTuple):
    """Images with the same terms."""

    licence: str
    author: str
    source: str
    images: list[str]

    @property
    def address(self) -> str | None:
        """Where the licence can be read, if SPDX has a page for it."""
        page = re.fullmatch(r"[A-Za-z0-9.+-]+", self.licence) and not self.licence.startswith("LicenseRef-")
        return f"https://spdx.org/licenses/{self.licence}.html" if page else None


def attribution(records: Sequence[Record], *, title: str) -> str:
    """Return LICENSE.md: the terms and the author of every image.

    Images with the same terms stand together, so that a hundred thousand take two megabytes.
    """
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for record in records:
        groups[record.rights.licence, record.rights.author, record.rights.source or ""].append(record.image_id)
    return render(
        "LICENSE.md.jinja",
        {
            "title": title,
            "groups": [_Group(*terms, images) for terms, images in sorted(groups.items())],
            "licences": licence_counts(records),
        },
    )


def refuse_unknown(records: Sequence[Record], store: Path) -> None:
    """Make sure that the licence of every image is known.

    Raises:
        ManifestError: One is not; the message counts them and names the first file.
    """
    unknown = [record for record in records if record.rights.licence == UNKNOWN_LICENCE]
    if not unknown:
        return
    first = {row.sha256[:16]: row.file for row in open_store(store).rows()}.get(unknown[0].image_id, "")
    raise ManifestError(
        f"the licence of {len(unknown)} of {len(records)} images is not known, the first is {first!r}",
        where="release",
        fix="collect the same folders again with --licence and --author or a sources.toml, then curate again",
    )
