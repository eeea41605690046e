"""What is counted adds up for any photographs, in bounded memory, and the pictures stay small."""

import base64
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from collection_tools.collect.store import Collected, Rejected
from collection_tools.curate.checks import CHECKS
from collection_tools.curate.finding import Checked, Dropped, Finding
from collection_tools.curate.recipe import read_recipe
from collection_tools.report import thumbnails
from collection_tools.report.cases import Case
from collection_tools.report.gather import gather
from collection_tools.report.histograms import AXES, BINS, Histogram, limits
from collection_tools.report.steps import STEPS, lost_at
from collection_tools.report.summary import LINES, funnel, summed
from collection_tools.report.tally import Spread, Tally
from nlcl_bench.data.record import Capture, Record, Rights

RIGHTS = Rights(licence="CC0-1.0", author="Ada")
CHECK = Checked(check="sharpness", reason="is blurred", measure=-30.0)

reasons = st.sampled_from(
    [
        None,
        "is blurred",
        "was withdrawn: because",
        "was not examined",
        "holds no picture",
        "rejected in review: dull",
        "another photograph has the same image_id",
        "duplicate of 0123456789abcdef",
        "is in a known test set: a/b.png",
        "would tie together scenes of different splits: 0123456789abcdef (train)",
        "a reason that nobody foresaw",
    ]
)
photographs = st.tuples(
    reasons, st.sampled_from(["a/b/1.jpg", "a/c/1.jpg", "1.jpg", "d/1.jpg"]), st.sampled_from([None, "Acme", "Bolt"])
)


def case(number, reason, file="a/b.jpg", camera=None):
    sha256 = f"{number:064x}"
    row = Collected(
        sha256=sha256, pixels=sha256, file=file, format="JPEG", bytes=9, width=9, height=9, domain="rainy",
        capture=Capture(camera_model=camera), rights=RIGHTS,
    )  # fmt: skip
    damage = reason if reason == "holds no picture" else None
    checks = (CHECK,) if reason == "is blurred" else (CHECK.model_copy(update={"reason": None, "measure": 1.0}),)
    finding = Finding(sha256=sha256, damage=damage, checks=() if damage else checks)
    if reason is None:
        record = Record(
            image_id=sha256[:16], sha256=sha256, file_name=f"{sha256[:16]}.jpg", width=9, height=9, domain="rainy",
            split="train", scene_id=f"{number % 3:016x}", rights=RIGHTS,
        )  # fmt: skip
        return Case(row, finding, record, None)
    return Case(row, finding, None, Dropped(image_id=sha256[:16], sha256=sha256, file=file, reason=reason))


@given(st.lists(photographs, max_size=60), st.lists(st.sampled_from(["is empty", "is damaged: x"]), max_size=9))
def test_what_was_met_is_what_is_published_and_what_was_lost(photos, refused):
    seen = [case(number, *photo) for number, photo in enumerate(photos)]
    files = [Rejected(file=f"a/{number}.jpg", sha256=None, reason=reason) for number, reason in enumerate(refused)]
    got = gather(seen, files, set(), {}, read_recipe().privacy)
    published = sum(reason is None for reason, _, _ in photos)
    steps = funnel(got)
    lost = sum(count for step in steps for _, count in step.lost)
    assert got.met == len(photos) + len(refused) == published + lost
    assert steps[-1].files == published == got.domains.total() == sum(map(len, got.scenes.values()))
    for lines in (summed(got.sources), summed(got.cameras)):
        assert sum(line.met for line in lines) == got.met
        assert sum(line.published for line in lines) == published
        assert all(line.met == line.published + sum(count for _, count in line.lost) for line in lines)
    assert sum(line.met for line in summed(got.licences)) == len(photos)
    sharp = got.histograms["sharpness"]
    assert sharp.total("published") == published
    assert sharp.total("rejected by it") == sum(reason == "is blurred" for reason, _, _ in photos)
    assert sharp.total("published", "rejected by it", "rejected otherwise") == steps[1].files


@pytest.mark.parametrize(
    ("reason", "step"),
    [
        (None, None),
        ("was not examined", "sound"),
        ("holds no picture", "sound"),
        ("is blurred", "passed"),
        ("rejected in review", "allowed"),
        ("another photograph has the same image_id", "single"),
        ("near-duplicate of 0123456789abcdef", "single"),
        ("a reason that nobody foresaw", "published"),
    ],
)
def test_each_reason_belongs_to_a_step(reason, step):
    assert lost_at(case(1, reason)) == step
    assert step is None or step in STEPS


def test_every_check_has_an_axis_and_a_line_within_it():
    lines = limits(read_recipe())
    for check in CHECKS:
        axis = AXES[check.__name__]
        assert all(axis.ticks[0] <= line.value <= axis.ticks[-1] for line in lines[check.__name__])
    assert lines.keys() <= AXES.keys()


@given(
    st.sampled_from(sorted(AXES)),
    st.lists(st.none() | st.floats(allow_nan=True) | st.floats(-50, 300), max_size=50),
)
def test_every_value_falls_into_one_bin_between_whose_edges_it_lies(name, values):
    axis = AXES[name]
    for value in values:
        histogram = Histogram(axis)
        histogram.add(value, "published")
        if value is None or math.isnan(value):
            assert (histogram.unmeasured, histogram.total("published")) == (1, 0)
            continue
        (place,) = np.flatnonzero(histogram.counts["published"]).tolist()
        edges = axis.edges()
        assert edges[place] <= value or place == 0
        assert value <= edges[place + 1] or place == BINS - 1
        assert 0 <= axis.place(value) <= 1


@given(st.lists(st.sampled_from("abcde")), st.integers(0, 8))
def test_a_sample_is_as_even_over_the_sources_as_can_be(sources, limit):
    spread = Spread(limit)
    for number, source in enumerate(sources):
        spread.offer(source, (source, number))
    taken, there = Counter(source for source, _ in spread), Counter(sources)
    assert taken.total() == min(limit, len(sources))
    wanting = [taken[source] for source in there if taken[source] < there[source]]
    assert not wanting or max(taken.values(), default=0) <= min(wanting) + 1
    assert len(set(spread)) == taken.total()


def test_very_many_sources_are_summed_up():
    tally = Tally()
    for number in range(12_000):
        tally.count(f"folder {number}", "is blurred" if number % 2 else None)
        tally.count("large", None)
    lines = summed(tally)
    assert len(lines) == LINES + 1
    assert (lines[0].name, lines[0].met) == ("large", 12_000)
    assert lines[-1].name == "all others"
    assert sum(line.met for line in lines) == 24_000
    assert sum(line.published for line in lines) == 18_000


def test_a_picture_of_nothing_but_noise_stays_small():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (160, 160, 3), np.uint8))
    data = thumbnails._jpeg(noise)
    assert len(data) <= thumbnails.LARGEST
    assert len(base64.b64encode(data)) * 460 < 6_000_000
