"""What a site's folder holds after a build: all of that build, nothing of an earlier one, and what others put there."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from leaderboard.build import build
from leaderboard.site.folder import LIST, listed, write_site


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_every_file_is_listed_with_its_digest(board, tmp_path):
    build([board.root], tmp_path / "site", draws=100)
    assert listed(tmp_path / "site") == files(tmp_path / "site") - {LIST}
    done = subprocess.run(["sha256sum", "--check", "--quiet", LIST], cwd=tmp_path / "site", check=False)
    assert done.returncode == 0


def test_a_method_that_left_the_board_leaves_the_site(board, tmp_path):
    build([board.root], tmp_path / "site", draws=100)
    (tmp_path / "site" / "CNAME").write_text("mine")
    shutil.rmtree(board.root / "street" / "nlcl")
    build([board.root], tmp_path / "site", draws=100)
    build([board.root], tmp_path / "fresh", draws=100)
    assert files(tmp_path / "site") == files(tmp_path / "fresh") | {"CNAME"}
    assert not (tmp_path / "site" / "street-rainy-test" / "runs" / "nlcl").exists()


def test_a_build_that_was_killed_is_cleared_up_by_the_next_one(tmp_path):
    write_site([("a.html", "a"), ("old/b.html", "b")], tmp_path)

    def killed():
        yield "a.html", "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_site(killed(), tmp_path)
    assert files(tmp_path) == {"a.html", "old/b.html", LIST}
    write_site([("a.html", "new")], tmp_path)
    assert files(tmp_path) == {"a.html", LIST}
    assert not (tmp_path / "old").exists()


@pytest.mark.parametrize("name", ["../keep.txt", "site/../../keep.txt", "link/keep.txt", "link", "folder", ".", ""])
def test_a_list_that_somebody_edited_deletes_nothing_elsewhere(tmp_path, name):
    (tmp_path / "keep.txt").write_text("mine")
    site = tmp_path / "site"
    (site / "folder").mkdir(parents=True)
    (site / "link").symlink_to(tmp_path)
    (site / LIST).write_text(f"{'0' * 64}  {name}\n{'0' * 64}  {tmp_path / 'keep.txt'}\nnonsense\n\xff")
    write_site([("a.html", "a")], site)
    assert (tmp_path / "keep.txt").read_text() == "mine"
    assert (site / "link").is_symlink()
    assert (site / "folder").is_dir()
