"""The tables for papers: LaTeX that no stranger's text breaks."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from leaderboard.latex import latex
from leaderboard.rank import rank
from nlcl_bench.evaluation.intake import read_all
from tests.leaderboard.conftest import CHANGE, metric


def test_the_table_holds_places_means_changes_and_intervals(board):
    ranking = rank(read_all([board.root])[0], draws=200)
    text = latex([ranking])
    row = ranking.rows[0]
    assert f"{row.place} [{row.standing.places[0]}--{row.standing.places[1]}] & {row.label} & " in text
    cell = next(cell for cell in row.cells if cell.metric in ranking.ranked_on)
    assert f"{cell.mean:.2f}" in text
    assert f"{cell.change.mean:+.2f}".replace("-", "$-$") in text
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 1
    widths = {len(re.findall(r"(?<!\\)&", line)) for line in text.splitlines() if line.endswith(r"\\")}
    assert widths == {1 + len(ranking.ranked_on)}


HOSTILE = r"50% $x$ a_b {\input{/etc/passwd}} \write18{rm} ^~# & \x1b é"


def test_nothing_of_a_strangers_text_is_markup(folders):
    folders.write("a", {metric("niqe", title=HOSTILE): 3, CHANGE: 5})
    folders.benchmark = {"revision": HOSTILE}
    text = latex([rank(read_all([folders.root])[0], draws=100)])
    assert r"\input" not in text
    assert r"\write" not in text
    assert r"50\% \$x\$ a\_b \{\textbackslash{}input\{" in text
    assert text.isascii()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_table_compiles(board, tmp_path):
    text = latex([rank(read_all([board.root])[0], draws=200)])
    whole = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}" + text + "\\end{document}"
    (tmp_path / "board.tex").write_text(whole)
    subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "board.tex"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
