"""Of every file that was met the page says what became of it, and all numbers agree."""

import shutil
from collections import Counter

import pytest

from collection_tools.collect.store import open_store, read_rejected
from collection_tools.curate.curated import read_curation, read_dropped
from collection_tools.report.report import report, tables
from nlcl_bench.core.errors import InputError, ManifestError


def sums(lines):
    lost = Counter()
    for line in lines:
        assert line.met == line.published + sum(count for _, count in line.lost)
        lost.update(dict(line.lost))
    return sum(line.met for line in lines), sum(line.published for line in lines), lost


def test_every_file_is_published_or_lost_for_one_reason_and_all_numbers_agree(every_loss, losses):
    summary = report(every_loss.curated)
    curation, lost = read_curation(every_loss.curated), Counter()
    left = summary.met
    for step, reasons in zip(summary.funnel, losses.values(), strict=True):
        assert {reason for reason, _ in step.lost} == reasons
        left -= sum(count for _, count in step.lost)
        assert step.files == left
        lost.update(dict(step.lost))
    assert summary.met == len(open_store(every_loss.store)) + len(read_rejected(every_loss.store))
    assert summary.met == summary.published + lost.total()
    assert summary.published == curation.kept == sum(summary.splits.values())
    assert sums(summary.sources) == (summary.met, summary.published, lost)
    decided = Counter({reason: lost[reason] for reason in curation.rejected})
    assert decided == Counter(curation.rejected)
    page = every_loss.page()
    assert all(reason in page.text for reason in lost)
    assert f"{summary.published} of {summary.met} files are published" in page.text


def test_of_every_reason_there_is_a_picture_with_name_reason_and_measure(every_loss):
    report(every_loss.curated)
    words = [alt for alt, _ in every_loss.page().pictures()]
    for row in read_dropped(every_loss.curated):
        mine = [alt for alt in words if row.reason in alt and alt.startswith(row.file.rsplit("/", 1)[-1])]
        unseen = row.reason.startswith(("was withdrawn", "its bytes"))
        assert bool(mine) != unseen, row
        if row.measure is not None:
            said = mine[0].rsplit(" ", 1)[-1].replace("\N{MINUS SIGN}", "-")
            assert float(said) == pytest.approx(row.measure, rel=0.01)


def test_the_same_folders_elsewhere_give_the_same_bytes(every_loss, tmp_path):
    report(every_loss.curated)
    first = (every_loss.curated / "report.html").read_bytes()
    report(every_loss.curated)
    assert (every_loss.curated / "report.html").read_bytes() == first
    away = tmp_path / "away"
    shutil.copytree(every_loss.store, away / "store")
    shutil.copytree(every_loss.curated, away / "curated")
    report(away / "curated")
    assert (away / "curated" / "report.html").read_bytes() == first
    assert str(tmp_path).encode() not in first


def test_the_tables_for_the_command_line_hold_every_step_and_source(every_loss):
    summary = report(every_loss.curated)
    funnel, sources, _ = tables(summary)
    assert [row[1] for row in funnel[2] if row[0]] == [
        str(n) for n in (summary.met, *(s.files for s in summary.funnel))
    ]
    assert sum(int(row[2].removeprefix("\N{MINUS SIGN}")) for row in funnel[2] if row[2]) == (
        summary.met - summary.published
    )
    assert [row[0] for row in sources[2]] == [source.name for source in summary.sources]
    assert all(len(row) == len(header) for _, header, rows in tables(summary) for row in rows)


def test_what_is_collected_after_the_curation_is_counted_as_such(desk, album, gather):
    gather(album(2))
    desk.curate()
    gather(album(1, "later", first=5))
    summary = report(desk.curated)
    assert (summary.met, summary.published) == (3, 2)
    assert summary.funnel[1].lost == (("was collected after this curation", 1),)


def test_a_folder_that_is_not_curated_and_one_of_another_store_are_refused(desk, album, gather, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        report(tmp_path / "nowhere")
    gather(album(2))
    with pytest.raises(ManifestError, match="no curated folder"):
        report(desk.store)
    desk.curate()
    shutil.rmtree(desk.store)
    gather(album(2, "other", first=7))
    with pytest.raises(ManifestError, match="does not fit its store"):
        report(desk.curated)
    assert not (desk.curated / "report.html").exists()
