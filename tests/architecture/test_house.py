"""The house rules that no linter knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("nlcl_bench", "collection_tools", "baselines", "leaderboard")
MODULES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
HEAVY = ("torch", "pyiqa", "datasets", "pandas")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["methods"], ["metrics"], ["evaluate", "--help"], ["collect", "--help"]]
)
def test_help_and_catalogue_import_nothing_heavy(arguments):
    script = (
        "import sys\nfrom nlcl_bench.cli.app import main\n"
        "sys.argv = ['nlcl-bench', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_an_evaluation_by_the_default_metrics_imports_no_pyiqa():
    """It takes seconds of every worker. A metric without its file has imported what it computes with."""
    script = (
        "import sys, torch\nfrom nlcl_bench.core.errors import ArtifactError\n"
        "from nlcl_bench.evaluation import evaluate, workers\n"
        "from nlcl_bench.metrics.catalogue import METRICS, SETS\n"
        "image = torch.rand(1, 3, 208, 224)\n"
        "for name in (*SETS['rain'], *SETS['classic']):\n"
        "    spec = METRICS.get(name)\n"
        "    try:\n        spec.load(None)(image, image)\n"
        "    except ArtifactError:\n        assert spec.weights, name\n"
        "print('PYIQA', [name for name in sys.modules if name.partition('.')[0] == 'pyiqa'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "PYIQA []\n"


def test_files_are_small():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 150


def test_no_module_is_a_drawer_for_everything():
    assert [path for path in MODULES if path.stem in {"utils", "util", "helpers", "common", "misc"}] == []


def test_every_module_says_what_it_is_for():
    assert [path for path in MODULES if not path.read_text().lstrip("r").startswith('"""')] == []


def test_the_project_speaks_of_itself_alone():
    """No machine's paths and no download addresses of a package index in what is committed."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    here = Path(__file__).relative_to(ROOT)
    banned = ("/ho" + "me/", "/wo" + "rk/", "files.python" + "hosted", "pypi" + ".org/simple")
    found = []
    for name in listed:
        path = ROOT / name
        if name and path.is_file() and Path(name) != here and path.suffix not in {".png", ".jpg", ".safetensors"}:
            text = path.read_text(errors="replace")
            found += [(name, word) for word in banned if word in text]
    assert found == []
