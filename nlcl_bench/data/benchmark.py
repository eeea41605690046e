"""A benchmark: which release, at which revision, which config and split, and the digest of what must be in it.

::

    name = "street-rain"
    title = "Rain in streets, 2026"
    source = "hf://ORG/NAME"          # or a folder, relative to this file
    revision = "v1.0.0"
    config = "rainy"
    split = "test"
    protocol = "P1"

    [digests.rainy]
    test = "9f2c…"                    # of the records in the order of the release
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.files import writing
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Digest, Name, Protocol, Row, Split, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlcl_bench.data.layout import Part

__all__ = ["FILE_NAME", "Benchmark", "benchmark_of", "read_benchmark", "write_benchmark"]

FILE_NAME = "benchmark.toml"
"""The name under which a release carries its own benchmark."""


class Benchmark(Row):
    """What an evaluation runs on; the fields are those of the file.

    ``imported`` marks a set of others' images that was brought into this form for one's own use: it is not published.
    """

    name: Name
    title: Text
    source: Text
    revision: Text = "local"
    config: Name = "rainy"
    split: Split = "test"
    protocol: Protocol = "P1"
    imported: bool = False
    digests: dict[Name, dict[Split, Digest]] = Field(default_factory=dict)


def benchmark_of(parts: Sequence[Part], *, name: str, title: str) -> Benchmark:
    """Return the benchmark of a release that is about to be written, on its first config.

    Args:
        parts: What the release holds.
        name: The benchmark's name.
        title: Its title.

    Raises:
        InputError: The name or the title is not valid.
    """
    digests: dict[str, dict[str, str]] = {}
    for part in parts:
        digests.setdefault(part.config, {})[part.split] = manifest.digest(row.record for row in part.rows)
    first = parts[0].config
    split = next(split for split in ("test", "validation", "train") if split in digests[first])
    try:
        return Benchmark.model_validate(
            {"name": name, "title": title, "source": ".", "config": first, "split": split, "digests": digests}
        )
    except ValidationError as error:
        raise InputError(
            first_problem(error), where="--name or --title", fix="use small letters, digits, dots and hyphens"
        ) from error


def write_benchmark(benchmark: Benchmark, path: Path) -> None:
    """Write a benchmark as TOML, whose strings are those of JSON; the title must hold no control characters.

    Raises:
        StorageError: It cannot be written.
    """
    values = benchmark.model_dump(mode="json", exclude={"digests"} if benchmark.imported else {"digests", "imported"})
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    for config, splits in benchmark.digests.items():
        lines += ["", f"[digests.{config}]", *(f'{split} = "{digest}"' for split, digest in splits.items())]
    with writing(path) as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_benchmark(path: Path) -> Benchmark:
    """Read a benchmark from a TOML file, or from the one that a release folder carries.

    Raises:
        InputError: There is no such file.
        ManifestError: It is not valid.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        return Benchmark.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(
            f"holds no benchmark: no {FILE_NAME}" if path.is_dir() else f"cannot be read: {error.strerror}",
            where=path,
            fix="give a folder that `nlcl-bench release` wrote, or a benchmark's TOML file",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"is no TOML: {error}", where=file, fix="correct the file") from error
    except ValidationError as error:
        raise ManifestError(first_problem(error), where=file, fix="correct the file") from error
