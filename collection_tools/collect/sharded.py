"""Collecting on several machines: each looks at a shard of the files, then one brings together what they saw.

::

    STORE/shards/0002-of-0004/part-000001.parquet  what was seen, in the order of the walk
    STORE/shards/0002-of-0004/done.json            the walk that all shards must have made; written last
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import merge as merged
from typing import TYPE_CHECKING

from pydantic import ValidationError

from collection_tools.collect.fold import Collection, Fold
from collection_tools.collect.look import Look
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.files import existing_folder, locked, make_folder, writing
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.core.shards import Shard
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Digest, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["ShardWriter", "Walked", "merge", "write_shard"]

_ROWS_PER_PART = 256


class Walked(Row):
    """A walk through all sources: machines that saw different files cannot share the work.

    Attributes:
        files: How many files there were.
        names: Digest of their names, in order.
    """

    files: int
    names: Digest

    @classmethod
    def of(cls, names: Iterable[str]) -> Walked:
        """Return the walk that met files of these names."""
        digest, files = hashlib.sha256(), 0
        for name in names:
            digest.update(name.encode() + b"\0")
            files += 1
        return cls(files=files, names=digest.hexdigest())


@dataclass(slots=True)
class ShardWriter:
    """Keeps what was seen, part by part.

    Attributes:
        folder: The shard's folder.
        known: The files that an earlier run looked at, by their place in the walk.
    """

    folder: Path
    known: frozenset[int]
    _waiting: list[Look] = field(default_factory=list)

    def add(self, seen: Look) -> None:
        """Keep what was seen of one more file.

        Raises:
            StorageError: The disk is full or read-only.
        """
        self._waiting.append(seen)
        if len(self._waiting) == _ROWS_PER_PART:
            self.flush()

    def flush(self) -> None:
        """Write what still waits.

        Raises:
            StorageError: The disk is full or read-only.
        """
        if self._waiting:
            part = self.folder / f"part-{len(manifest.parts(self.folder)) + 1:06d}.parquet"
            manifest.write_part(self._waiting, Look, part)
            self._waiting.clear()


@contextmanager
def write_shard(store: Path, shard: Shard, walked: Walked) -> Iterator[ShardWriter]:
    """Open a shard's folder for writing; when the block ends well the shard is done.

    Raises:
        InputError: The shard was begun, or done, with other files, or the work is divided otherwise.
        StorageError: The folder cannot be written, or another run is writing there.
    """
    _refuse_other_division(store, shard)
    folder = make_folder(store / "shards" / shard.name)
    with locked(folder):
        begun = _walk_of(folder / "walk.json")
        if begun not in {None, walked}:
            raise InputError(
                "the files have changed since this shard was begun",
                where=folder,
                fix=f"remove {store / 'shards'} and start all shards again",
            )
        _write(walked, folder / "walk.json")
        writer = ShardWriter(folder, frozenset(seen.ordinal for seen in manifest.read(folder, Look)))
        yield writer
        writer.flush()
        _write(walked, folder / "done.json")


def _refuse_other_division(store: Path, shard: Shard) -> None:
    others = [path.name for path in _shards(store) if not path.name.endswith(f"-of-{shard.of:04d}")]
    if others:
        raise InputError(
            f"the work was divided otherwise: there is {others[0]}",
            where=store / "shards",
            fix=f"finish that with --shard and merge, or remove {store / 'shards'}",
        )


def _shards(store: Path) -> list[Path]:
    return sorted((store / "shards").glob("[0-9]*-of-[0-9]*"))


def _write(walked: Walked, path: Path) -> None:
    with writing(path) as part:
        part.write_text(walked.model_dump_json() + "\n", encoding="utf-8")


def _walk_of(path: Path) -> Walked | None:
    try:
        return Walked.model_validate_json(path.read_bytes()) if path.exists() else None
    except (OSError, ValidationError) as error:
        raise ManifestError("cannot be read", where=path, fix="remove the folder and run its shard again") from error


def merge(store: Path, *, track: Track = silent) -> Collection:
    """Bring together what all shards saw; the store is then as if one process had collected everything.

    A kill loses nothing: the same command again ends the same.

    Args:
        store: The store that the shards share.
        track: Shows how far it is.

    Raises:
        InputError: There is nothing to merge, or a shard is missing, not done, or saw other files.
        ManifestError: The store or a shard is damaged.
        StorageError: The store cannot be written.
    """
    folders = _shards(existing_folder(store))
    walked = _agreed(store, folders)
    with locked(store):
        fold = Fold(store)
        looks = merged(*(manifest.read(folder, Look) for folder in folders), key=lambda seen: seen.ordinal)
        for seen in track(looks, what="merge", total=walked.files):
            fold.take(seen, _not_needed)
        fold.close()
        shutil.rmtree(store / "shards")
    return fold.done


def _not_needed() -> Look:
    raise ManifestError("a shard did not decode a file", where="shards", fix="run all shards again")


def _agreed(store: Path, folders: list[Path]) -> Walked:
    if not folders:
        raise InputError("has no shards to merge", where=store, fix="run nlcl-bench collect --shard 1/4, 2/4 … first")
    of = int(folders[0].name.split("-")[-1])
    for number in range(1, of + 1):
        name = Shard(number, of).name
        if not (store / "shards" / name / "done.json").exists():
            raise InputError(f"shard {number}/{of} is not done", where=store, fix=f"run it: --shard {number}/{of}")
    walks = [_walk_of(folder / "done.json") for folder in folders]
    if len(folders) != of or walks[0] is None or any(walk != walks[0] for walk in walks):
        raise InputError(
            "the shards saw different files", where=store, fix=f"remove {store / 'shards'} and run all shards again"
        )
    return walks[0]
