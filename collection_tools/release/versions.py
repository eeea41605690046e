"""What changed from one version of a dataset to the next: ``versions.json``, from which the card tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Record, Row, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["FILE_NAME", "Version", "history", "read_versions", "text"]

FILE_NAME = "versions.json"

Count = Annotated[int, Field(ge=0)]


class Version(Row):
    """One version beside the one before it.

    Attributes:
        version: Its tag.
        images: How many it holds.
        added: Images that the version before did not hold.
        removed: Images that only the version before held, such as those that were taken back.
        repictured: Images whose published file is another, for instance because more of it is blurred.
        redescribed: Images of which only the words and numbers changed.
    """

    version: Text
    images: Count
    added: Count
    removed: Count
    repictured: Count
    redescribed: Count


class _Versions(Row):
    schema_version: Literal[1] = 1
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]


def history(records: Sequence[Record], version: str, previous: Path | None) -> tuple[Version, ...]:
    """Return all versions up to this one, the oldest first.

    Args:
        records: Of this version.
        version: Its tag.
        previous: The release folder of the version before.

    Raises:
        InputError: The folder does not exist, or is a release of this version.
        ManifestError: It is damaged, or no release.
    """
    if previous is None:
        return (_version(records, version, {}),)
    earlier = read_versions(existing_folder(previous))
    if version in {one.version for one in earlier}:
        raise InputError(
            f"is {version} or a later one itself", where=f"--previous {previous}", fix="give a new --version"
        )
    shards = sorted(previous.glob("rainy/*.parquet")) + sorted(previous.glob("clean/*.parquet"))
    before = {record.image_id: record for path in shards for record in manifest.read_part(path, Record)}
    return (*earlier, _version(records, version, before))


def _version(records: Sequence[Record], version: str, before: Mapping[str, Record]) -> Version:
    stayed = [(record, before[record.image_id]) for record in records if record.image_id in before]
    return Version(
        version=version,
        images=len(records),
        added=len(records) - len(stayed),
        removed=len(before) - len(stayed),
        repictured=sum(now.sha256 != then.sha256 for now, then in stayed),
        redescribed=sum(now.sha256 == then.sha256 and now != then for now, then in stayed),
    )


def read_versions(folder: Path) -> tuple[Version, ...]:
    """Return the versions up to that of a release folder, the oldest first.

    Raises:
        ManifestError: It is no release, or damaged.
    """
    path = folder / FILE_NAME
    try:
        return _Versions.model_validate_json(path.read_bytes()).versions
    except OSError as error:
        raise ManifestError(
            "is no release: it has no versions.json", where=folder, fix="give a folder that `nlcl-bench release` wrote"
        ) from error
    except ValidationError as error:
        raise ManifestError(first_problem(error), where=path, fix="fetch or make it again") from error


def text(versions: tuple[Version, ...]) -> str:
    """Return the content of ``versions.json``."""
    return json.dumps(_Versions(versions=versions).model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
