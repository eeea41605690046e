"""Verify: is a copy of a release, wherever it came from, still the one that was made?

Three things are looked at: every file against ``SHA256SUMS``, the records of every split against the digests in
``benchmark.toml``, and the bytes of every image against its record. Whoever can change a file can change the checksums
beside it as well; a benchmark's TOML file that was kept elsewhere, or a commit of the Hub, is what pins a release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data import manifest
from nlcl_bench.data.benchmark import FILE_NAME, read_benchmark
from nlcl_bench.data.checksums import CHECKSUMS, read_checksums
from nlcl_bench.data.folders import Finding, Found, files_of
from nlcl_bench.data.loading import fetched, read_rows, sample_of
from nlcl_bench.data.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Verified", "verify", "verify_source"]

_CARD = "README.md"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found out about a copy.

    Attributes:
        files: Files that were compared with their checksums.
        images: Images that were compared with their records.
        wrong: What is wrong, sorted by file.
        absent: Files of the release that are not in a copy that may be partial.
        card_changed: Whether the card is another than the released one, which is no fault: cards are edited.
    """

    files: int
    images: int
    wrong: tuple[Finding, ...]
    absent: tuple[str, ...]
    card_changed: bool


def verify_source(
    source: str | Path, *, revision: str | None = None, partial: bool = False, track: Track = silent
) -> Verified:
    """Verify a folder, or a dataset of the Hub, all of which is fetched unless it is in the cache.

    Args:
        source: A release folder, ``ORG/NAME`` or ``hf://ORG/NAME``.
        revision: Tag, branch or commit on the Hub; ``main`` if None.
        partial: Whether files may be missing, as when only one split was fetched.
        track: Shows how far it is.

    Raises:
        InputError: There is no such folder, or it holds no release.
        ArtifactError: The dataset cannot be fetched.
    """
    return verify(fetched(source, revision), partial=partial, track=track)


def verify(folder: Path, *, partial: bool = False, track: Track = silent) -> Verified:
    """Verify a release folder or a snapshot of one; see :func:`verify_source`."""
    found = files_of(folder)
    if not {CHECKSUMS, FILE_NAME} & set(found.files):
        raise InputError(
            f"holds no release: neither {CHECKSUMS} nor {FILE_NAME}", where=folder, fix="give a folder that does"
        )
    wrong = list(found.refused)
    sums: Mapping[str, str] = {}
    if CHECKSUMS in found.files:
        try:
            sums = read_checksums(found.files[CHECKSUMS])
        except ManifestError as error:
            wrong.append(Finding(CHECKSUMS, error.what))
    elif not partial:
        wrong.append(Finding(CHECKSUMS, "is missing: the release is not finished, or not whole"))
    absent = sorted(set(sums) - set(found.files) - {finding.file for finding in found.refused})
    changed = list(_changed(found, sums, track))
    card_changed = any(finding.file == _CARD for finding in changed)
    wrong += [finding for finding in changed if finding.file != _CARD]
    if not partial:
        wrong += [Finding(name, "is missing") for name in absent]
    if sums:
        wrong += [Finding(name, "is no part of the release") for name in set(found.files) - set(sums) - {CHECKSUMS}]
    records = list(_wrong_records(found, partial=partial))
    bad_images, images = _images(found, track)
    return Verified(
        files=len(set(sums) & set(found.files)),
        images=images,
        wrong=tuple(sorted({*wrong, *records, *bad_images})),
        absent=tuple(absent) if partial else (),
        card_changed=card_changed,
    )


def _changed(found: Found, sums: Mapping[str, str], track: Track) -> Iterator[Finding]:
    names = [name for name in found.files if name in sums]
    for name in track(names, what="files", total=len(names)):
        try:
            if sha256_file(found.files[name]) != sums[name]:
                yield Finding(name, "was changed: its checksum differs")
        except OSError as error:
            yield Finding(name, f"cannot be read: {error.strerror or error}")


def _wrong_records(found: Found, *, partial: bool) -> Iterator[Finding]:
    """Yield the splits whose records are not the pinned ones; in a partial copy only whole splits are looked at."""
    if FILE_NAME not in found.files:
        yield Finding(FILE_NAME, "is missing")
        return
    try:
        benchmark = read_benchmark(found.files[FILE_NAME])
    except (ManifestError, InputError) as error:
        yield Finding(FILE_NAME, error.what)
        return
    there = _splits(found)
    pinned = {
        (config, str(split)): digest for config, splits in benchmark.digests.items() for split, digest in splits.items()
    }
    for config, split in sorted({*pinned, *there}):
        name = f"{config}/{split}"
        shards = there.get((config, split), [])
        if (config, split) not in pinned:
            yield Finding(name, f"has no digest in {FILE_NAME}")
        elif shards and (not partial or _whole(shards)):
            what = _wrong_split([found.files[f"{config}/{file}"] for file in shards], pinned[config, split])
            if what is not None:
                yield Finding(name, what)
        elif not partial:
            yield Finding(name, "is missing")


def _wrong_split(shards: Sequence[Path], pinned: str) -> str | None:
    try:
        digest = manifest.digest(record for shard in shards for record in manifest.read_part(shard, Record))
    except ManifestError as error:
        return error.what
    return None if digest == pinned else f"records have digest {digest}, not {pinned}"


def _splits(found: Found) -> dict[tuple[str, str], list[str]]:
    """Return the shards' names by config and split."""
    splits: dict[tuple[str, str], list[str]] = {}
    for name in found.files:
        folder, _, file = name.partition("/")
        if file.endswith(".parquet") and "-of-" in file and "/" not in file:
            splits.setdefault((folder, file.split("-")[0]), []).append(file)
    return splits


def _whole(shards: list[str]) -> bool:
    """Whether all shards of a split are there.

    >>> _whole(["test-00000-of-00002.parquet"]), _whole(["test-00000-of-00001.parquet"])
    (False, True)
    """
    return all(name.endswith(f"-of-{len(shards):05d}.parquet") for name in shards)


def _images(found: Found, track: Track) -> tuple[list[Finding], int]:
    """Compare every image with its record; return what is wrong, and how many were compared."""
    names = [f"{config}/{file}" for (config, _), files in sorted(_splits(found).items()) for file in files]
    lengths = {name: _length(found.files[name]) for name in names}
    wrong = [Finding(name, "is no Parquet file, or damaged") for name, length in lengths.items() if length is None]
    readable = [name for name, length in lengths.items() if length is not None]
    total = sum(length for length in lengths.values() if length is not None)
    looks = (look for name in readable for look in _compared(name, found.files[name]))
    images = 0
    for look in track(looks, what="images", total=total):
        images += 1
        if look is not None:
            wrong.append(look)
    return wrong, images


def _compared(name: str, shard: Path) -> Iterator[Finding | None]:
    """Yield for every row what is wrong with it, or None."""
    try:
        for row in read_rows(shard):
            try:
                sample_of(row, shard)
            except ManifestError as error:
                yield Finding(name, error.what)
            else:
                yield None
    except ManifestError as error:
        yield Finding(name, error.what)


def _length(shard: Path) -> int | None:
    try:
        rows: int = pq.read_metadata(shard).num_rows
    except (pa.ArrowException, OSError):
        return None
    return rows
