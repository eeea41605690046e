"""Release: a curated folder becomes a folder that is exactly a dataset repository of the Hub.

::

    DIR/
        rainy/test-00000-of-00001.parquet  … one folder per config, images embedded
        benchmark.toml                     digests of every split, for evaluation
        LICENSE.md  README.md  samples.jpg attribution, card and its picture
        croissant.json  eval.yaml          the same for machines
        versions.json                      what changed from version to version
        SHA256SUMS                         written last: a release without it is not finished

Before it comes :mod:`collection_tools.curate.curate`, after it :mod:`collection_tools.publish.publish`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Unpack

from collection_tools.curate.curated import read_curation, read_records
from collection_tools.release import croissant, samples, task, unseen, versions
from collection_tools.release.about import About, Named, named
from collection_tools.release.card import card
from collection_tools.release.facts import facts
from collection_tools.release.folder import CARD, TERMS, refuse_foreign, remove_stale, write_text
from collection_tools.release.front import front
from collection_tools.release.licences import attribution, refuse_unknown
from collection_tools.release.originals import originals, published_size, read_published
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.files import existing_folder, locked, make_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.benchmark import FILE_NAME, Benchmark, benchmark_of, write_benchmark
from nlcl_bench.data.checksums import CHECKSUMS, write_checksums
from nlcl_bench.data.layout import Part, plan, refuse_leaks
from nlcl_bench.data.shards import Shard, write_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from collection_tools.curate.curated import Curation
    from nlcl_bench.data.record import Record

__all__ = ["Released", "release"]


@dataclass(frozen=True, slots=True)
class Released:
    """What was released.

    Attributes:
        parts: The splits of the configs.
        images: How many images there are.
        bytes: Length of all shards together.
        left_out: Images that were left out because a person had yet to look at them.
    """

    parts: tuple[Part, ...]
    images: int
    bytes: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is to be released, after everything that could be refused was looked at."""

    records: list[Record]
    left_out: int
    faces: bool
    files: Mapping[str, Path]
    parts: list[Part]
    history: tuple[versions.Version, ...]
    said: Named
    benchmark: Benchmark


def release(
    curated: Path,
    into: Path,
    *,
    previous: Path | None = None,
    without_face_check: bool = False,
    leave_out_unreviewed: bool = False,
    track: Track = silent,
    **about: Unpack[About],
) -> Released:
    """Write a release; an earlier one in the same folder is replaced file by file.

    Args:
        curated: A folder that :func:`collection_tools.curate.curate.curate` wrote.
        into: The release folder: new, empty, or holding an earlier release.
        previous: The release folder of the version before, from which the card tells what changed.
        without_face_check: Release also where nobody looked for faces; the card says so.
        leave_out_unreviewed: Leave out what waits for a person, instead of refusing.
        track: Shows how far it is.
        about: How it is called, where it will lie, whom to ask; see :class:`collection_tools.release.about.About`.

    Raises:
        InputError: The folder holds other files, or a name is not valid.
        ManifestError: A licence is not known, a scene lies in two splits, a person has yet to look at what may be a
            face, faces were not looked for, or an image is not the curated one.
        StorageError: The folder cannot be written.
    """
    curation = read_curation(existing_folder(curated))
    records = read_records(curated)
    if not records:
        raise ManifestError("holds no images", where=curated, fix="collect more photographs, or loosen the recipe")
    waiting = unseen.unreviewed(records, curated)
    if not leave_out_unreviewed:
        unseen.refuse_unreviewed(waiting, curated)
    if not without_face_check:
        unseen.refuse_unchecked(records, curated, faces=curation.faces)
    if previous is not None and previous.resolve() == into.resolve():
        raise InputError("is the folder to write to", where=f"--previous {previous}", fix="release into a new folder")
    chosen = _chosen(records, waiting, curation, curated, named(about, into), previous)
    with locked(make_folder(into)):
        refuse_foreign(into)
        written = _write(chosen, into, track)
        (into / ".lock").unlink(missing_ok=True)  # the folder is uploaded as it is
    return Released(
        tuple(chosen.parts), len(chosen.records), sum(shard.bytes for shard in written.values()), chosen.left_out
    )


def _chosen(
    records: Sequence[Record],
    waiting: Sequence[str],
    curation: Curation,
    curated: Path,
    said: Named,
    previous: Path | None,
) -> _Chosen:
    store = curation.store_folder(curated)
    kept = unseen.without(records, set(waiting))
    if not kept:
        raise ManifestError("all images wait for a person", where=curated, fix=f"nlcl-bench review {curated}")
    refuse_leaks(kept, str(curated))
    refuse_unknown(kept, store)
    files = originals(store, kept)
    parts = plan(kept, partial(published_size, files=files))
    return _Chosen(
        records=kept,
        left_out=len(waiting),
        faces=curation.faces,
        files=files,
        parts=parts,
        history=versions.history(kept, said.version, previous),
        said=said,
        benchmark=benchmark_of(parts, name=said.name, title=said.title),
    )


def _write(chosen: _Chosen, into: Path, track: Track) -> dict[str, Shard]:
    """Write everything; the checksums of an earlier release go first, those of this one come last."""
    (into / CHECKSUMS).unlink(missing_ok=True)
    write_benchmark(chosen.benchmark, into / FILE_NAME)
    read = partial(read_published, files=chosen.files)
    written = _write_shards(chosen.parts, read, into, track)
    shown = samples.choose(chosen.records, faces=chosen.faces)
    samples.write_samples(shown, read, into / samples.FILE_NAME)
    known = facts(chosen.records, faces=chosen.faces, left_out=chosen.left_out)
    head = front(chosen.parts, written, chosen.records, title=chosen.said.title)
    texts = {
        TERMS: attribution(chosen.records, title=chosen.said.title),
        CARD: card(head, chosen.parts, known, chosen.said, shown, chosen.history),
        croissant.FILE_NAME: croissant.croissant(chosen.parts, written, known, chosen.said),
        task.FILE_NAME: task.task(chosen.benchmark),
        versions.FILE_NAME: versions.text(chosen.history),
    }
    for name, text in texts.items():
        write_text(into / name, text)
    beside = [FILE_NAME, *texts, *([samples.FILE_NAME] if shown else [])]
    remove_stale(into, [*written, *beside])
    digests = {name: shard.sha256 for name, shard in written.items()}
    write_checksums(into, digests | {name: sha256_file(into / name) for name in beside})
    return written


def _write_shards(parts: Sequence[Part], read: Callable[[Record], bytes], into: Path, track: Track) -> dict[str, Shard]:
    rows = iter(
        track([row for part in parts for row in part.rows], what="release", total=sum(len(p.rows) for p in parts))
    )
    written = {
        name: write_shard(islice(rows, len(shard)), part.config, read, into / name)
        for part in parts
        for name, shard in zip(part.file_names, part.shards, strict=True)
    }
    next(rows, None)  # the last image counts as done when another is asked for
    return written
