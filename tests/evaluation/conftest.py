"""Releases of whatever files a test wants to be evaluated, written with the real schema."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nlcl_bench.core.images import decode
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Box, Record, Rights
from nlcl_bench.data.schema import features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@pytest.fixture
def release_of(tmp_path) -> Callable[..., Path]:
    """Return a writer of a release whose rainy photographs are the given files."""

    def write(files: Sequence[bytes], *, suffix: str = "png", blurred: Sequence[Box] = ()) -> Path:
        rows = []
        for data in files:
            digest = hashlib.sha256(data).hexdigest()
            width, height = decode(data, where="photograph").size
            record = Record(
                image_id=digest[:16],
                sha256=digest,
                file_name=f"{digest[:16]}.{suffix}",
                width=width,
                height=height,
                domain="rainy",
                split="test",
                scene_id=digest[:16],
                blurred=tuple(blurred),
                rights=Rights(licence="CC0-1.0", author="tests"),
            )
            rows.append((record, {"image": {"bytes": data, "path": record.file_name}}))
        rows.sort(key=lambda row: row[0].image_id)
        folder = tmp_path / "release"
        (folder / "rainy").mkdir(parents=True)
        schema = features(Record, ("image",)).arrow_schema
        table = pa.Table.from_pylist([{**c, **r.model_dump(mode="json")} for r, c in rows], schema=schema)
        pq.write_table(table, folder / "rainy" / "test-00000-of-00001.parquet")
        pinned = f'[digests.rainy]\ntest = "{manifest.digest(record for record, _ in rows)}"\n'
        head = 'name = "given"\ntitle = "Given"\nsource = "."\nsplit = "test"\n\n'
        (folder / "benchmark.toml").write_text(head + pinned)
        return folder

    return write
