"""Import: a set that people have already becomes a folder in the layout of a release, for one's own use.

::

    DIR/
        rainy/  clean/  paired/            as in a release: bytes as they are in the set
        benchmark.toml                     marked ``imported = true``, which is never published
        README.md                          whose images these are, on which terms
        SHA256SUMS                         written last

Nothing is fetched but from a dataset of the Hub that was named, and nothing is given away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nlcl_bench.core.digest import sha256_bytes, sha256_file
from nlcl_bench.core.errors import ImageError, InputError, ManifestError
from nlcl_bench.core.files import locked, make_folder, writing
from nlcl_bench.core.images import decode, encode_png, read_file
from nlcl_bench.core.kinds import SUFFIXES, kind_of
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.core.workers import in_order
from nlcl_bench.data.benchmark import FILE_NAME, benchmark_of, read_benchmark, write_benchmark
from nlcl_bench.data.checksums import CHECKSUMS, write_checksums
from nlcl_bench.data.folders import Finding, Found, files_of
from nlcl_bench.data.importing.card import card
from nlcl_bench.data.importing.pairs import Layout, Paired, Pattern, pair_up
from nlcl_bench.data.importing.records import Looked, records_of
from nlcl_bench.data.layout import plan, refuse_leaks
from nlcl_bench.data.loading import fetched
from nlcl_bench.data.shards import write_shard

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

    from nlcl_bench.data.importing.template import Images, Template
    from nlcl_bench.data.layout import Part
    from nlcl_bench.data.record import Record, Split

__all__ = ["Imported", "import_set"]

_CARD = "README.md"
_SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        parts: The splits of the configs that were written; none if something stood in the way.
        findings: What stood in the way, or was left out.
        notes: What the user should know: counts and digests other than the template's.
    """

    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def import_set(
    source: str | Path,
    template: Template,
    into: Path,
    *,
    revision: str | None = None,
    split: Split | None = None,
    limit: int | None = None,
    leave_out: bool = False,
    jobs: int = 1,
    track: Track = silent,
) -> Imported:
    """Import a set; an earlier import in the same folder is replaced file by file.

    Args:
        source: The folder that holds it, or a dataset of the Hub: ``ORG/NAME`` or ``hf://ORG/NAME``.
        template: What is known of it.
        into: The folder to write: new, empty, or an earlier import.
        revision: Tag, branch or commit on the Hub; ``main`` if None.
        split: Only this split.
        limit: Only the first so many rainy images of each split, by name.
        leave_out: Whether images without a twin, damaged ones and pairs of unlike size are left out; else any of them
            stops the import before something is written.
        jobs: Processes that look at the images.
        track: Shows how far it is.

    Raises:
        InputError: The source holds nothing of this layout, or the folder holds something else.
        ArtifactError: The dataset cannot be fetched.
        ManifestError: A scene lies in two splits, or an image was changed meanwhile.
        StorageError: The folder cannot be written.
    """
    _refuse_foreign(into)
    found = files_of(fetched(source, revision))
    chosen = [images for images in template.images if split in {None, images.split}]
    pairs, findings = _pairs(found, chosen, limit, str(source))
    names = sorted({name for pair in pairs for name in (pair.rainy, pair.clean) if name is not None})
    looks = in_order(_look, [(name, found.files[name]) for name in names], jobs=jobs)
    looked = {look.name: look for look in track(looks, what="images", total=len(names))}
    records, more = records_of(pairs, looked, chosen, template)
    findings = sorted({*findings, *more})
    if findings and not leave_out:
        return Imported((), tuple(findings), ())
    if not records:
        raise InputError("holds no image that can be imported", where=str(source), fix="see what was left out")
    refuse_leaks(records, str(source))
    paths = {look.image_id: found.files[look.name] for look in looked.values()}
    parts = _written(records, template, into, paths, len(findings), track)
    notes = [] if split or limit else _notes(pairs, looked, chosen, template)
    return Imported(tuple(parts), tuple(findings), tuple(notes))


def _pairs(found: Found, chosen: Sequence[Images], limit: int | None, where: str) -> tuple[list[Paired], list[Finding]]:
    layouts = [Layout(Pattern(one.rainy), None if one.clean is None else Pattern(one.clean)) for one in chosen]
    # lists and terms that lie beside the images are passed over
    pairs, findings = pair_up([name for name in found.files if Path(name).suffix.lower() in SUFFIXES], layouts)
    if not pairs and not findings:
        raise InputError(
            "holds no file of the layout that the template tells",
            where=where,
            fix=f"give the folder in which {' or '.join(one.rainy for one in chosen[:3]) or 'this split'} lies",
        )
    patterns = [pattern for layout in layouts for pattern in (layout.rainy, layout.clean) if pattern is not None]
    findings += [one for one in found.refused if any(pattern.match(one.file) is not None for pattern in patterns)]
    if limit is not None:
        pairs = [pair for part in _by_split(pairs, chosen).values() for pair in part[:limit]]
        findings = []  # of the whole set; only what is taken counts here
    return sorted(pairs, key=lambda pair: pair.rainy), findings


def _by_split(pairs: Iterable[Paired], chosen: Sequence[Images]) -> dict[Split, list[Paired]]:
    parts: dict[Split, list[Paired]] = {}
    for pair in pairs:
        parts.setdefault(chosen[pair.layout].split, []).append(pair)
    return parts


def _look(given: tuple[str, Path]) -> Looked:
    """Decode an image once and say what it is."""
    name, path = given
    try:
        original = read_file(path)
        image = decode(original, where=path)
        data, converted = _embedded(original, path, image)
    except ImageError as error:
        return Looked(name, problem=error.what)
    digest = sha256_bytes(original)
    image_id = digest[:16]
    return Looked(
        name=name,
        image_id=image_id,
        sha256=digest if converted is None else sha256_bytes(data),
        original=digest,
        file_name=f"{image_id}.{_SUFFIXES.get(kind_of(data) or '', 'png')}",
        width=image.width,
        height=image.height,
        bytes=len(data),
        converted=converted,
    )


def _embedded(original: bytes, path: Path, image: Image.Image | None = None) -> tuple[bytes, str | None]:
    """Return the bytes that are embedded: the file's own, or a PNG of kinds that a release does not hold."""
    kind = kind_of(original)
    if kind in _SUFFIXES:
        return original, None
    return encode_png(image or decode(original, where=path)), f"{kind} to PNG, upright, sRGB, eight bits"


def _written(
    records: Sequence[Record], template: Template, into: Path, paths: dict[str, Path], left_out: int, track: Track
) -> list[Part]:
    """Write the folder, the checksums last."""
    parts = plan(records, lambda record: paths[record.image_id].stat().st_size)
    config = parts[-1].config if parts[-1].config == "paired" else parts[0].config
    benchmark = benchmark_of(parts, name=template.name, title=template.title)
    benchmark = benchmark.model_copy(update={"config": config, "imported": True})
    read = partial(_read, paths=paths)
    with locked(make_folder(into)):
        _refuse_foreign(into)
        write_benchmark(benchmark, into / FILE_NAME)
        shards = [(part.config, *one) for part in parts for one in zip(part.file_names, part.shards, strict=True)]
        digests: dict[str, str] = {}
        for kind, file_name, rows in track(shards, what="write", total=len(shards)):
            digests[file_name] = write_shard(rows, kind, read, into / file_name).sha256
        with writing(into / _CARD) as part:
            part.write_text(card(parts, template, left_out), encoding="utf-8")
        digests |= {name: sha256_file(into / name) for name in (FILE_NAME, _CARD)}
        _remove_stale(into, {*digests, CHECKSUMS})
        write_checksums(into, digests)
        (into / ".lock").unlink(missing_ok=True)
    return parts


def _read(record: Record, paths: dict[str, Path]) -> bytes:
    path = paths[record.image_id]
    try:
        return _embedded(read_file(path), path)[0]
    except ImageError as error:
        raise ManifestError(f"was changed during the import: {error.what}", where=path, fix="import again") from error


def _refuse_foreign(into: Path) -> None:
    """Make sure that a folder is new, empty or an earlier import.

    Raises:
        InputError: It holds something else, which an import must not touch.
    """
    if into.is_dir() and (into / FILE_NAME).is_file() and read_benchmark(into).imported:
        return
    if into.exists() and any(not path.name.startswith(".") for path in into.iterdir()):
        raise InputError("holds files that are no import", where=into, fix="import into a new folder")


def _remove_stale(into: Path, wanted: set[str]) -> None:
    """Remove the shards that an earlier import left, whole or not, and this one does not have."""
    for path in sorted({*into.glob("*/*-of-*.parquet"), *into.glob("*/.*.part")}):
        if path.relative_to(into).as_posix() not in wanted:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()


def _notes(
    pairs: Sequence[Paired], looked: dict[str, Looked], chosen: Sequence[Images], template: Template
) -> list[str]:
    """Compare whole splits with what the template knows of them."""
    notes: list[str] = []
    for split, part in sorted(_by_split(pairs, chosen).items()):
        expected = template.expected.get(split)
        if expected is not None and expected != len(part):
            notes.append(f"{split} has {len(part)} rainy images; the whole set has {expected}")
        names = sorted({name for pair in part for name in (pair.rainy, pair.clean) if name is not None})
        digest = sha256_bytes("".join(f"{looked[name].original}  {name}\n" for name in names).encode())
        known = template.digests.get(split)
        if known is not None and known != digest:
            notes.append(f"{split} has other files than the template knows: their digest is {digest}, not {known}")
    return notes
