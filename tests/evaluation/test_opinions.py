"""Opinions are read as they were meant, or refused with line and column; nothing else comes out of a stranger's CSV."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlcl_bench.core.errors import InputError
from nlcl_bench.evaluation.opinions import Vote, read_opinions


@pytest.fixture
def read(tmp_path):
    def read_(text):
        (tmp_path / "opinions.csv").write_text(text, encoding="utf-8", newline="")
        return read_opinions(tmp_path / "opinions.csv")

    return read_


def test_scores_are_kept_by_image_and_method_with_their_scenes(read):
    found = read("\ufeffImage, method ,score,scene,rater\r\na.png,nlcl,3.5,one,x\r\n\r\na.png,identity,-1e1,,y\r\n")
    assert found.scores == {("a", "nlcl"): 3.5, ("a", "identity"): -10.0}
    assert found.scenes == {"a": "one"}
    assert found.votes is None


def test_votes_become_choices_and_parts_of_wins(read):
    rows = ["a,x,y,left", "a,y,x,right", "a,x,y,tie", "a,x,y,y", "b,x,y,y"]
    found = read("image,left,right,winner\n" + "\n".join(rows) + "\n")
    x, y = Vote("a", "x", "y"), Vote("a", "y", "x")
    assert found.votes == (x, x, y, Vote("b", "y", "x"))
    assert found.scores == {("a", "x"): 2.5 / 4, ("a", "y"): 1.5 / 4, ("b", "x"): 0, ("b", "y"): 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no opinion"),
        ("image,method,score\n", "holds no opinion"),
        ("picture,method,score\na,b,1\n", "line 1: has the columns picture, method, score"),
        ("image,method,score,Score\na,b,1,2\n", "line 1: has the column 'score' twice"),
        ("image,method,score\na,b,1\na,c\n", "line 3: has 2 columns where the header has 3"),
        ("image,method,score\na,b,good\n", "line 2, column score: 'good' is no number"),
        ("image,method,score\na,b,nan\n", "line 2, column score: 'nan' is no number"),
        ("image,method,score\na,b,\n", "line 2, column score: is empty"),
        ("image,method,score\n,b,1\n", "line 2, column image: is empty"),
        ("image,method,score\na,b,1\n\na,b,2\n", "line 4, column method: b has a score for image a already"),
        ("image,method,score,scene\na,b,1,s\na,c,1,t\n", "line 3, column scene: image a was of scene s before"),
        ("image,left,right,winner\na,b,b,left\n", "line 2, column right: is b as well"),
        ("image,left,right,winner\na,b,c,d\n", "line 2, column winner: 'd' is neither left, right, tie"),
        ('image,method,score\na,"b,1\n', "is no CSV"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(read, text, says):
    with pytest.raises(InputError) as caught:
        read(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_opinions(tmp_path / "gone.csv")
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_opinions(tmp_path / "image.csv")


def test_a_file_of_a_stranger_is_not_read_whatever_its_size(read, monkeypatch):
    monkeypatch.setattr("nlcl_bench.evaluation.opinions._MOST_BYTES", 30)
    with pytest.raises(InputError, match="more than 30 bytes"):
        read("image,method,score\na,b,1\na,c,2\n")


def test_control_characters_do_not_reach_the_terminal(read):
    with pytest.raises(InputError) as caught:
        read("image,method,score\na,b,\x1b[31m\n")
    assert "\x1b" not in str(caught.value)


WORD = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8).map(str.strip).filter(bool)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.tuples(WORD.filter(lambda word: not word.endswith(".png")), WORD), st.floats(-1e6, 1e6), min_size=1
    )
)
def test_scores_that_are_written_are_read_again(tmp_path_factory, scores):
    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "method", "score"])
        writer.writerows([image, method, repr(value)] for (image, method), value in scores.items())
    assert read_opinions(path).scores == scores


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('ab,\n\r"\x00\x1b1. tie'), max_size=40), st.booleans())
def test_any_text_is_read_or_refused(tmp_path_factory, rows, votes):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    columns = "left,right,winner" if votes else "method,score"
    path.write_text(f"image,{columns}\n{rows}", encoding="utf-8", newline="")
    try:
        found = read_opinions(path)
    except InputError as error:
        said = str(error)
    else:
        assert found.scores
        said = ""
    assert len(said.splitlines()) <= 1
