"""All that a report is made from: the curated folder, its store, and what people said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collection_tools.collect.store import open_store, read_withdrawn
from collection_tools.curate.curated import read_curation
from collection_tools.curate.findings import key_of, open_findings
from collection_tools.decisions import read_decisions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from collection_tools.collect.store import Collected
    from collection_tools.curate.curated import Curation
    from collection_tools.curate.finding import Finding
    from collection_tools.decisions import Decision
    from nlcl_bench.data.indexed import Indexed

__all__ = ["Opened", "opened"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened.

    Attributes:
        curated: The curated folder.
        curation: How it was curated.
        store: The store.
        rows: Its photographs.
        findings: What was found out about them.
        decisions: What people said of them.
        withdrawn: Digests of the pictures that nobody is to see any more.
    """

    curated: Path
    curation: Curation
    store: Path
    rows: Indexed[Collected]
    findings: Indexed[Finding]
    decisions: Mapping[str, Decision]
    withdrawn: frozenset[str]


def opened(curated: Path) -> Opened:
    """Open a curated folder.

    Raises:
        ManifestError: It is none, or it or its store is damaged.
    """
    curation = read_curation(curated)
    store = curation.store_folder(curated)
    return Opened(
        curated=curated,
        curation=curation,
        store=store,
        rows=open_store(store),
        findings=open_findings(curated, key_of(curation.recipe, faces=curation.faces), leave_out=("hash", "thumbnail")),
        decisions=read_decisions(store),
        withdrawn=frozenset(one.pixels for one in read_withdrawn(store).values()),
    )
