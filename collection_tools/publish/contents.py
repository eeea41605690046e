"""What a release folder holds, once it is seen to be whole and meant for the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collection_tools.publish.changes import Here
from collection_tools.release.folder import CARD
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.data.checksums import CHECKSUMS, read_checksums
from nlcl_bench.data.folders import files_of

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.core.progress import Track
    from nlcl_bench.data.benchmark import Benchmark

__all__ = ["contents", "refuse_unfit"]

_MAKE_AGAIN = "make the release again with nlcl-bench release"

_LOADS = re.compile(r'load_dataset\("([^"]+)"')


def contents(folder: Path, track: Track) -> dict[str, Here]:
    """Return the files of a release that is as its checksums say, by name.

    Raises:
        ManifestError: It is not: a file is missing, changed, or no part of it.
    """
    found = files_of(folder).files
    if CHECKSUMS not in found:
        raise ManifestError(f"is no finished release: it has no {CHECKSUMS}", where=folder, fix=_MAKE_AGAIN)
    listed = read_checksums(folder / CHECKSUMS)
    for name in found.keys() - listed.keys() - {CHECKSUMS}:
        raise ManifestError("is no part of the release", where=folder / name, fix="take it away")
    here = {}
    for name, sha256 in track(listed.items(), what="check", total=len(listed)):
        if name not in found or sha256_file(found[name]) != sha256:
            raise ManifestError("is not as the checksums say", where=folder / name, fix=_MAKE_AGAIN)
        here[name] = Here(found[name], sha256, found[name].stat().st_size)
    sums = found[CHECKSUMS]
    return {**here, CHECKSUMS: Here(sums, sha256_file(sums), sums.stat().st_size)}


def refuse_unfit(folder: Path, benchmark: Benchmark, repo: str) -> None:
    """Do nothing for a release that may be published under a name.

    Raises:
        ManifestError: It is an import.
        InputError: Its card tells readers to load another dataset.
    """
    if benchmark.imported:
        raise ManifestError(
            "is an import of somebody else's data, which is not passed on", where=folder, fix="publish your own"
        )
    found = _LOADS.search((folder / CARD).read_text(encoding="utf-8"))
    if found is not None and found[1] != repo:
        raise InputError(
            f"its card tells readers to load {found[1]!r}", where=folder, fix=f"release again with --repo {repo}"
        )
