"""Collect: every photograph of some folders, archives, videos and lists goes into a store, all else onto a list.

Next comes :mod:`collection_tools.curate.curate`.
"""

from __future__ import annotations

from collections import deque
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from collection_tools.collect.filmed import VideoOptions
from collection_tools.collect.films import Films
from collection_tools.collect.fold import Collection, Fold
from collection_tools.collect.look import Task, look, task
from collection_tools.collect.sharded import Walked, write_shard
from collection_tools.collect.store import read_withdrawn
from collection_tools.collect.twins import Twins
from collection_tools.collect.walk import given_folder, given_source, walk
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import locked, make_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.core.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from collection_tools.collect.found import Found
    from collection_tools.collect.look import Look
    from collection_tools.collect.sources import Stated
    from nlcl_bench.core.shards import Shard
    from nlcl_bench.data.record import Domain

__all__ = ["collect", "collect_shard"]


def collect(
    sources: Sequence[Path],
    into: Path,
    *,
    domain: Domain,
    given: Stated,
    clean: Path | None = None,
    video: VideoOptions | None = None,
    jobs: int = 1,
    track: Track = silent,
) -> Collection:
    """Collect all photographs of some folders, archives, videos and lists into a store.

    Args:
        sources: The folders, archives, videos and lists, searched in this order.
        into: The store; made if it is not there.
        domain: Whether it rains in these photographs.
        given: What is stated about their rights, where neither a list nor a ``sources.toml`` says otherwise.
        clean: A folder or archive of rain-free twins, with the same paths but for the suffix.
        video: What to take of videos; else a frame every second.
        jobs: Processes that look at the files; the result does not depend on it.
        track: Shows how far it is.

    Returns:
        Counts for a summary; the rejected files are listed in the store.

    Raises:
        InputError: A source does not exist, rights or a list are not valid, or twins do not go with the domain.
        StorageError: The store cannot be written, or another run is writing to it.
        ManifestError: The store is damaged.
        RunError: A worker was killed.
    """
    roots, twins = _given(sources, clean, domain)
    films = Films(make_folder(into), video or VideoOptions(), domain)
    with locked(into), closing(twins):
        fold, withdrawn = Fold(into), _withdrawn(into)
        total = sum(1 for _ in _all_of(roots, into, films))
        tasks = enumerate(task(films.kept(found), twins, given, domain) for found in _all_of(roots, into, films))
        one_look = partial(look, store=into, withdrawn=withdrawn)
        for seen, of in _looks(track(tasks, what="collect", total=total), partial(one_look, afresh=False), jobs=jobs):
            fold.take(seen, partial(one_look, of, afresh=True))
        fold.close()
    fold.done.videos.update(films.verdicts())
    return fold.done


def collect_shard(
    sources: Sequence[Path],
    into: Path,
    *,
    shard: Shard,
    domain: Domain,
    given: Stated,
    clean: Path | None = None,
    video: VideoOptions | None = None,
    jobs: int = 1,
    track: Track = silent,
) -> int:
    """Look at a shard of what :func:`collect` would look at; :func:`collection_tools.collect.sharded.merge` follows.

    Args:
        sources: As for :func:`collect`, and the same for every shard.
        into: The store, which all shards share.
        shard: Which files are looked at.
        domain: As for :func:`collect`.
        given: The same.
        clean: The same.
        video: The same.
        jobs: The same.
        track: The same.

    Returns:
        How many files there were in this shard.

    Raises:
        InputError: As for :func:`collect`, or the folder holds the looks of another division or another walk.
        StorageError: The store cannot be written.
        RunError: A worker was killed.
    """
    roots, twins = _given(sources, clean, domain)
    films = Films(make_folder(into), video or VideoOptions(), domain)
    with closing(twins):
        walked = Walked.of(found.file for found in _all_of(roots, into, films))
        with write_shard(into, shard, walked) as writer:
            mine = (
                (ordinal, task(films.kept(found), twins, given, domain))
                for ordinal, found in enumerate(_all_of(roots, into, films))
                if shard.holds(ordinal) and ordinal not in writer.known
            )
            left = shard.share(walked.files) - len(writer.known)
            one_look = partial(look, store=into, withdrawn=_withdrawn(into), afresh=True)
            for seen, _ in _looks(track(mine, what=f"collect {shard.name}", total=left), one_look, jobs=jobs):
                writer.add(seen)
    return shard.share(walked.files)


def _given(sources: Sequence[Path], clean: Path | None, domain: Domain) -> tuple[list[Path], Twins]:
    if clean is not None and domain == "clean":
        raise InputError("pairs need rainy photographs", where="--clean", fix="use it with --domain rainy")
    return [given_source(source) for source in sources], Twins(None if clean is None else given_folder(clean))


def _all_of(roots: Sequence[Path], into: Path, films: Films) -> Iterator[Found]:
    store = into.resolve()
    for root in roots:
        yield from walk(root, store=store, films=films)


def _looks(
    tasks: Iterator[tuple[int, Task]], one_look: Callable[[tuple[int, Task]], Look], *, jobs: int
) -> Iterator[tuple[Look, tuple[int, Task]]]:
    """Yield what is seen of each file, beside the task, in the order of the tasks."""
    under_way: deque[tuple[int, Task]] = deque()

    def remembered() -> Iterator[tuple[int, Task]]:
        for one in tasks:
            under_way.append(one)
            yield one

    for seen in in_order(one_look, remembered(), jobs=jobs):
        yield seen, under_way.popleft()


def _withdrawn(store: Path) -> dict[str, str]:
    return {name: one.reason for one in read_withdrawn(store).values() for name in (one.sha256, one.pixels)}
