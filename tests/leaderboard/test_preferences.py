"""Bradley-Terry with ties, sides and raters finds what votes were drawn from, and says how sure that is."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from leaderboard import preferences as model
from leaderboard.preferences import preferences
from leaderboard.votes import Vote
from tests.leaderboard.conftest import sha


def vote(left, right, said, *, rater="ann", scene=0, **more) -> Vote:
    return Vote(
        at=date(2026, 1, 2),
        rater=rater,
        image_id=sha(f"image {scene}")[:16],
        scene_id=sha(f"scene {scene}")[:16],
        left=left,
        right=right,
        left_output=sha(left),
        right_output=sha(right),
        said=said,
        **more,
    )


STRENGTHS = {"identity": 0.0, "better": 1.2, "much-better": 2.2, "worse": -1.0}
TIE, SIDE = 0.7, 0.3


def chance(strength, other=0.0, tie=TIE):
    win, loss = np.exp((strength - other) / 2), np.exp((other - strength) / 2)
    return (win + tie / 2) / (win + loss + tie)


def drawn(votes, seed, *, raters=6, scenes=30, sharp=None):
    """Votes of raters who answer by the model."""
    generator = np.random.default_rng(seed)
    names = list(STRENGTHS)
    found = []
    for _ in range(votes):
        left, right = generator.permutation(4)[:2]
        rater = int(generator.integers(raters))
        lead = (sharp[rater] if sharp else 1.0) * (STRENGTHS[names[left]] - STRENGTHS[names[right]]) + SIDE
        weights = np.array([np.exp(lead / 2), np.exp(-lead / 2), TIE])
        said = ("left", "right", "equal")[generator.choice(3, p=weights / weights.sum())]
        scene = int(generator.integers(scenes))
        found.append(vote(names[left], names[right], said, rater=f"r{rater}", scene=scene))
    return found


def test_many_votes_find_the_chances_that_they_were_drawn_from():
    found = preferences(drawn(6000, 1), "identity", draws=20)
    for label, strength in STRENGTHS.items():
        assert found[label].chance == pytest.approx(chance(strength), abs=0.03), label
    assert found["identity"].chance == pytest.approx(0.5)
    assert sum(one.votes for one in found.values()) == 12_000


def test_raters_who_answer_at_random_are_told_from_those_who_look():
    votes = drawn(3000, 2, sharp=[1.5, 1.5, 1.5, 0.0, 0.0, 0.0])
    data = model._numbers(votes, sorted(STRENGTHS))
    sharp = np.exp(model._fit(data, np.ones(len(votes)))[-6:])
    assert sharp[:3].min() > 2 * sharp[3:].max()


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = [
        found.low <= chance(STRENGTHS["better"]) <= found.high
        for seed in range(60)
        for found in [preferences(drawn(300, 100 + seed), "identity", draws=150, seed=seed)["better"]]
    ]
    assert np.mean(held) > 0.88  # the pigeonhole bootstrap is wider than it need be where raters do not differ


def test_the_interval_narrows_with_the_votes():
    few, many = (preferences(drawn(count, 3), "identity", draws=60)["better"] for count in (150, 2400))
    assert many.high - many.low < few.high - few.low
    assert many.low < many.chance < many.high


def test_the_slope_of_the_loss_is_that_of_differences(monkeypatch):
    taken = {}

    def caught(loss, begin, **_):
        taken["loss"] = loss
        raise LookupError

    data = model._numbers(drawn(80, 4), sorted(STRENGTHS))
    monkeypatch.setattr(model, "minimize", caught)
    with pytest.raises(LookupError):
        model._fit(data, np.random.default_rng(0).uniform(0, 2, 80))
    theta = np.random.default_rng(1).normal(0, 0.5, 4 + 2 + 6)
    slope = approx_fprime(theta, lambda point: taken["loss"](point)[0], 1e-6)
    np.testing.assert_allclose(taken["loss"](theta)[1], slope, atol=1e-3)


def test_who_always_wins_has_a_finite_strength_and_no_certainty():
    found = preferences([vote("a", "identity", "left", scene=scene) for scene in range(8)], "identity", draws=40)
    assert 0.6 < found["a"].chance < 1


def test_equal_all_the_time_is_a_chance_of_a_half():
    found = preferences([vote("a", "identity", "equal", scene=scene) for scene in range(8)], "identity", draws=20)
    assert found["a"].chance == pytest.approx(0.5, abs=1e-3)


def test_methods_that_no_chain_of_votes_joins_have_no_chance():
    votes = [vote("a", "identity", "left", scene=scene) for scene in range(4)]
    votes += [vote("c", "d", "left", scene=scene) for scene in range(4)]
    found = preferences(votes, "identity", draws=10)
    assert found["c"].chance is None
    assert found["c"].low is None
    assert found["c"].votes == 4
    assert found["a"].chance > 0.5


def test_without_the_base_chances_are_against_the_average_of_the_others():
    found = preferences([one for one in drawn(4000, 5) if "identity" not in {one.left, one.right}], "identity", draws=5)
    assert set(found) == {"better", "much-better", "worse"}
    others = np.mean([chance(STRENGTHS["better"], STRENGTHS[name]) for name in ("much-better", "worse")])
    assert found["better"].chance == pytest.approx(others, abs=0.04)


def test_one_scene_gives_a_chance_without_an_interval():
    found = preferences([vote("a", "identity", "left"), vote("a", "identity", "left")], "identity", draws=10)
    assert (found["a"].low, found["a"].high) == (None, None)


def test_no_votes_are_no_preferences():
    assert preferences([], "identity") == {}


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_neither_the_order_of_votes_nor_the_names_matter(random):
    votes = drawn(60, 6)
    before = preferences(votes, "identity", draws=3)
    shuffled = list(votes)
    random.shuffle(shuffled)
    renamed = [one.model_copy(update={"left": f"z-{one.left}", "right": f"z-{one.right}"}) for one in shuffled]
    after = preferences(renamed, "z-identity", draws=3)
    for label, one in before.items():
        assert after[f"z-{label}"].chance == pytest.approx(one.chance, abs=1e-4)
