import os
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collection_tools.decisions import FILE_NAME, Decision, append_decision, read_decisions, read_lines, standing
from nlcl_bench.core.errors import ManifestError, StorageError
from nlcl_bench.data.record import Box

ONE, TWO = "1" * 64, "2" * 64
BOX = Box(left=1, top=2, width=3, height=4, kind="face", confidence=0.5)
FULL = Decision(sha256=ONE, verdict="reject", tags=("streak",), boxes=(BOX, BOX), reason='café \n\x01 "}" 雨 🌧')


def test_what_is_appended_is_read_again(tmp_path):
    assert read_lines(tmp_path) == []
    assert append_decision(tmp_path, FULL) == 1
    assert append_decision(tmp_path, Decision(sha256=TWO, verdict="accept")) == 2
    assert read_lines(tmp_path) == [FULL, Decision(sha256=TWO, verdict="accept")]
    assert read_decisions(tmp_path) == {ONE: FULL, TWO: Decision(sha256=TWO, verdict="accept")}


def test_a_line_that_was_cut_short_anywhere_is_ignored_and_keeps_its_number(tmp_path):
    path = tmp_path / FILE_NAME
    append_decision(tmp_path, FULL)
    whole = path.read_bytes()
    for end in range(1, len(whole) - 1):
        path.write_bytes(whole + whole[:end])
        assert read_lines(tmp_path) == [FULL, None]
        assert append_decision(tmp_path, Decision(sha256=TWO, verdict="accept")) == 3
        assert read_lines(tmp_path) == [FULL, None, Decision(sha256=TWO, verdict="accept")]


def test_a_whole_line_without_its_end_counts_before_and_after_the_next(tmp_path):
    path = tmp_path / FILE_NAME
    append_decision(tmp_path, FULL)
    path.write_bytes(path.read_bytes()[:-1])
    assert read_lines(tmp_path) == [FULL]
    assert append_decision(tmp_path, Decision(undoes=1)) == 2
    assert read_decisions(tmp_path) == {}


@pytest.mark.parametrize(
    "line", [b"nonsense", b'{"verdict":"maybe"}', b'{"sha256":"1"}', b"{}x", b'{"owner":1}', b"[]"]
)
def test_a_line_that_somebody_damaged_is_an_error_with_its_number(tmp_path, line):
    append_decision(tmp_path, FULL)
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(ManifestError, match=r"decisions\.jsonl: line 2 is not valid"):
        read_lines(tmp_path)


def test_later_lines_are_laid_over_earlier_ones_and_a_reason_belongs_to_its_verdict():
    lines = [FULL, Decision(sha256=ONE, verdict="accept"), Decision(sha256=ONE, tags=())]
    held = standing(lines)[ONE]
    assert (held.verdict, held.reason, held.tags, held.boxes) == ("accept", None, (), (BOX, BOX))
    assert standing([*lines, Decision(undoes=2)])[ONE].reason == FULL.reason


SAID = st.builds(
    Decision,
    sha256=st.sampled_from([ONE, TWO]),
    verdict=st.sampled_from([None, "accept", "reject", "open"]),
    tags=st.sampled_from([None, (), ("drop",)]),
)
UNDONE = st.builds(Decision, undoes=st.integers(1, 12))


def counts(lines, number):
    """Tell whether a line counts, the slow way: nobody later who counts undoes it."""
    later = range(number + 1, len(lines) + 1)
    return not any(lines[one - 1] and lines[one - 1].undoes == number and counts(lines, one) for one in later)


@given(st.lists(st.one_of(SAID, UNDONE, st.none()), max_size=12))
def test_undoing_is_as_if_the_line_had_never_been_said(lines):
    left = [line for number, line in enumerate(lines, 1) if line and line.sha256 and counts(lines, number)]
    assert standing(lines) == standing(left)


def test_what_was_not_said_yet_cannot_be_undone():
    assert standing([Decision(undoes=2), FULL, Decision(undoes=3)]) == {ONE: FULL}


def test_a_full_disk_is_an_error_and_what_stands_stays(tmp_path):
    append_decision(tmp_path, FULL)
    before = (tmp_path / FILE_NAME).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
    try:
        with pytest.raises(StorageError, match=r"decisions\.jsonl: cannot be written"):
            append_decision(tmp_path, FULL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_decision_is_synced_before_its_number_is_known(tmp_path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (real(file), synced.append(os.fstat(file).st_size)))
    append_decision(tmp_path, FULL)
    assert synced == [(tmp_path / FILE_NAME).stat().st_size]
