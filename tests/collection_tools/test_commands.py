import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from collection_tools.cli import collecting, curating, publishing
from nlcl_bench.core.errors import InputError


@pytest.fixture
def command():
    app = typer.Typer()
    for one in (collecting.collect, curating.curate, publishing.release, publishing.publish):
        app.command()(one)

    def run(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    return run


def test_the_three_verbs_lead_from_photographs_to_a_release(album, tmp_path, command):
    folder = album(4)
    (folder / "note.txt").write_text("no photograph")
    words = ("collect", folder, "--into", tmp_path / "store", "--domain", "rainy")
    done = command(*words)
    assert done.exit_code == 0
    assert "nobody stated the licence of 4 photographs" in done.stderr
    assert "is not an image we can read" in done.stdout
    done = command(*words, "--licence", "CC-BY-4.0", "--author", "Ada")
    assert done.exit_code == 0
    assert "nothing new" in command(*words).stdout
    assert command("curate", tmp_path / "store", "--into", tmp_path / "curated").exit_code == 0
    done = command("release", tmp_path / "curated", "--into", tmp_path / "rel", "--contact", "ada@example.org")
    assert done.exit_code == 0, done.exception
    assert "ada@example.org" in (tmp_path / "rel" / "README.md").read_text()


def test_nothing_usable_is_an_error_that_says_where_the_reasons_are(tmp_path, command):
    folder = tmp_path / "rubbish"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"rubbish")
    done = command("collect", folder, "--into", tmp_path / "store", "--domain", "rainy")
    assert isinstance(done.exception, InputError)
    assert "rejected.parquet" in str(done.exception)


def test_nothing_kept_is_an_error_that_says_where_the_reasons_are(tmp_path, command, photograph, encoded):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "a.png").write_bytes(encoded(photograph(1, size=(1, 1)), "PNG"))
    words = ("--licence", "MIT", "--author", "Ada")
    assert command("collect", folder, "--into", tmp_path / "store", "--domain", "rainy", *words).exit_code == 0
    done = command("curate", tmp_path / "store", "--into", tmp_path / "curated")
    assert isinstance(done.exception, InputError)
    assert "loosen the recipe" in str(done.exception)


def test_a_mistyped_domain_is_a_usage_error(album, tmp_path, command):
    done = command("collect", album(1), "--into", tmp_path / "store", "--domain", "wet")
    assert done.exit_code == 2


def test_every_command_shows_examples_and_its_help_imports_nothing_heavy(command):
    for name in ("collect", "curate", "release", "publish"):
        text = command(name, "--help").stdout
        assert "Examples:" in text
        assert f"nlcl-bench {name} " in text
    modules = ", ".join(f"collection_tools.cli.{name}" for name in ("collecting", "curating", "publishing"))
    script = f"import {modules}, sys; print({{'torch', 'datasets', 'pyarrow', 'PIL', 'numpy'}} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "set()"
