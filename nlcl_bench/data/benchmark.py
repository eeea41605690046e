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

import tomllib
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.data.record import Digest, Name, Protocol, Row, Split, Text, first_problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FILE_NAME", "Benchmark", "read_benchmark"]

FILE_NAME = "benchmark.toml"
"""The name under which a release carries its own benchmark."""


class Benchmark(Row):
    """What an evaluation runs on; the fields are those of the file."""

    name: Name
    title: Text
    source: Text
    revision: Text = "local"
    config: Name = "rainy"
    split: Split = "test"
    protocol: Protocol = "P1"
    digests: dict[Name, dict[Split, Digest]] = Field(default_factory=dict)


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
