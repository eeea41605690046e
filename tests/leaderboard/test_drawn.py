"""The pictures in the cells: what lies where, and what a far row does to the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.rank import rank
from leaderboard.site.drawn import Scale, scale
from nlcl_bench.core.statistics import Interval
from nlcl_bench.evaluation.changes import Change
from tests.leaderboard.conftest import CHANGE, NIQE

numbers = st.floats(-1e6, 1e6)


def change(low, mean, high) -> Change:
    return Change(mean, 10, 10, Interval(low, high, 1.0), 0.01, "unclear")


def board(folders, shifts):
    base = np.linspace(2, 6, folders.images)
    wave = np.resize([0.1, -0.1, 0.05, 0.02], folders.images)
    runs = [folders.run("identity", {NIQE: base, CHANGE: 0})]
    runs += [folders.run(label, {NIQE: base + shift + wave, CHANGE: 5}) for label, shift in shifts.items()]
    return rank(runs, draws=200)


@given(st.tuples(numbers, numbers, numbers).map(sorted), st.floats(-1e6, -1e-3), st.floats(1e-3, 1e6))
def test_a_picture_keeps_the_order_and_stays_inside(three, low, high):
    drawn = Scale(low, high).draw(change(*three))
    assert 0 <= drawn.low <= drawn.mean <= drawn.high <= 100
    assert 0 < drawn.zero < 100
    assert (drawn.beyond == "left") == (three[1] < low)
    assert (drawn.beyond == "right") == (three[1] > high)


def test_a_control_does_not_set_the_scale_and_is_drawn_beyond_it(folders):
    ranking = board(folders, {"one": -0.5, "two": 0.3, "median": 40.0})
    found = scale(ranking, NIQE.id)
    assert found.high < 1
    blurred = next(row for row in ranking.rows if row.label == "median").cells[0].change
    assert found.draw(blurred).beyond == "right"
    assert {found.draw(row.cells[0].change).beyond for row in ranking.rows if row.place} == {""}


def test_of_many_rows_one_that_is_far_off_makes_no_dot_of_the_others(folders):
    many = {f"m{number}": -0.1 * number for number in range(11)}
    alone = scale(board(folders, many), NIQE.id)
    assert scale(board(folders, many | {"far": 60.0}), NIQE.id).high < 1
    assert alone.low < -0.8


def test_one_method_alone_has_its_interval_on_the_scale(folders):
    ranking = board(folders, {"one": 0.4})
    drawn = scale(ranking, NIQE.id).draw(ranking.rows[0].cells[0].change)
    assert (drawn.beyond, drawn.high) == ("", 94)
    assert drawn.zero == 6


def test_where_nothing_changed_or_there_is_no_interval_nothing_breaks(folders):
    ranking = board(folders, {"same": 0.0})
    assert scale(ranking, "nothing").low < 0 < scale(ranking, "nothing").high
    assert Scale(-1, 1).draw(replace(change(0, 0, 0), interval=None)) is None
