"""What many tests share: a small release made with the real schema, and a photograph-like image."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hubserver.fixture import hub
from PIL import Image

from nlcl_bench.data import manifest
from nlcl_bench.data.record import Record, Rights
from nlcl_bench.data.schema import features

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["hub"]

# Read by huggingface_hub when it is imported: no test may reach the real Hub, here or in a subprocess.
os.environ.update({"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_DISABLE_TELEMETRY": "1"})

# Tests run beside each other, and start many processes: each computes with one thread, and none compiles the code anew.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_LONG = (
    "docs/test_readme",
    "journeys/test_real_rain",
    "collection_tools/publish/test_faults",
    "collection_tools/publish/test_publish",
    "evaluation/test_distributed",
    "evaluation/test_evaluate",
    "baselines/nlcl/test_train",
    "baselines/nlcl/test_weights",
)
"""Files of a minute or of half a one, the longest first."""


def pytest_configure(config) -> None:
    """Keep xdist from beginning with the files of many tests, which are not the long ones."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items) -> None:
    """Begin with the long files, so that no process is left with one of them when the others have ended."""
    ranks = {f"tests/{name}.py": rank for rank, name in enumerate(_LONG)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(ranks)))


@pytest.fixture(scope="session")
def photograph() -> Callable[..., Image.Image]:
    """Return a maker of seeded images with structure at several scales."""

    def make(seed: int, width: int = 224, height: int = 208) -> Image.Image:
        rng = np.random.default_rng(seed)
        layers = [
            np.asarray(
                Image.fromarray(rng.integers(0, 256, (size, size, 3), dtype=np.uint8)).resize(
                    (width, height), Image.Resampling.BICUBIC
                ),
                dtype=np.float64,
            )
            for size in (3, 9, 40)
        ]
        return Image.fromarray(np.clip(sum(layers) / 3, 0, 255).astype(np.uint8))

    return make


@pytest.fixture(scope="session")
def write_release(photograph) -> Callable[..., Path]:
    """Return a writer of small releases: the layout and schema that `nlcl-bench release` gives."""

    def encoded(image: Image.Image) -> bytes:
        stream = io.BytesIO()
        image.save(stream, format="PNG")
        return stream.getvalue()

    def write(folder: Path, *, images: int = 3, split: str = "test", side: int = 208, paired: bool = True) -> Path:
        digests = []
        for config in ("rainy", "clean", *(("paired",) if paired else ())):
            rows = []
            for index in range(images):
                clean = photograph(index, side + 16, side)
                streaks = np.random.default_rng(100 + index).random((side, side + 16, 1)) > 0.97
                rainy = Image.fromarray(np.where(streaks, 235, np.asarray(clean)).astype(np.uint8))
                files = {"clean": encoded(clean), "rainy": encoded(rainy), "paired": encoded(rainy)}
                identity = {key: hashlib.sha256(data).hexdigest() for key, data in files.items()}
                record = Record(
                    image_id=identity[config][:16],
                    sha256=identity[config],
                    file_name=f"{identity[config][:16]}.png",
                    width=side + 16,
                    height=side,
                    domain="clean" if config == "clean" else "rainy",
                    split=split,
                    scene_id=identity["clean"][:16],
                    clean_id=None if config == "clean" else identity["clean"][:16],
                    clean_sha256=None if config == "clean" else identity["clean"],
                    rights=Rights(licence="CC0-1.0", author="tests"),
                )
                columns = {"image": {"bytes": files[config], "path": record.file_name}}
                if config == "paired":
                    columns["clean"] = {"bytes": files["clean"], "path": f"{identity['clean'][:16]}.png"}
                rows.append((record, columns))
            rows.sort(key=lambda row: row[0].image_id)
            names = ("image", "clean") if config == "paired" else ("image",)
            schema = features(Record, names).arrow_schema
            table = pa.Table.from_pylist([{**c, **r.model_dump(mode="json")} for r, c in rows], schema=schema)
            (folder / config).mkdir(parents=True, exist_ok=True)
            pq.write_table(table, folder / config / f"{split}-00000-of-00001.parquet")
            digests.append(f'[digests.{config}]\n{split} = "{manifest.digest(record for record, _ in rows)}"\n')
        configs = "".join(
            f"- config_name: {name}\n  data_files:\n  - split: {split}\n    path: {name}/{split}-*\n"
            for name in sorted(path.name for path in folder.iterdir() if path.is_dir())
        )
        (folder / "README.md").write_text(f"---\nconfigs:\n{configs}---\n")
        head = f'name = "small"\ntitle = "Small"\nsource = "."\nsplit = "{split}"\n\n'
        (folder / "benchmark.toml").write_text(head + "\n".join(digests))
        return folder

    return write


@pytest.fixture(scope="session")
def release(tmp_path_factory, write_release) -> Path:
    """Return a release of three pairs."""
    return write_release(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def browser():
    """Return Debian's chromium, or skip. One for each file: a browser that is open keeps others from asyncio."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []  # as root there is no sandbox
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=program, args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real photographs, or skip."""
    folder = os.environ.get("NLCL_BENCH_DATA")
    if not folder:
        pytest.skip("NLCL_BENCH_DATA is not set")
    return Path(folder).resolve()


@pytest.fixture
def real_weights(real_data, tmp_path, monkeypatch) -> Path:
    """Return a cache that holds the metrics' parameter files and the methods' official weights."""
    (tmp_path / "cache" / "metrics").mkdir(parents=True)
    for name in ("niqe_modelparameters.mat", "brisque_svm_weights.pth", "ILNIQE_templateModel.mat"):
        (tmp_path / "cache" / "metrics" / name).symlink_to(real_data / "weights" / "iqa" / name)
    published = {
        "nlcl/latest_net_Back.pth": "NLCL/checkpoints__RealRain__latest_net_Back.pth",
        "spanet/latest": "SPANet/model__latest",
        **{
            f"prenet/{data}/net_latest.pth": f"PReNet/logs__{data}__PReNet6_r__net_latest.pth"
            for data in ("Rain100L", "Rain100H", "Rain1400")
        },
    }
    for name, file in published.items():
        path = tmp_path / "cache" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(real_data / "weights" / "deraining" / file)
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def _no_cache_of_the_user(tmp_path_factory, monkeypatch) -> None:
    """Keep tests off the user's own weights and data sets."""
    empty = tmp_path_factory.getbasetemp() / "empty-cache"
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(empty))
