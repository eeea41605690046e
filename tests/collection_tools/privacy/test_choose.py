from __future__ import annotations

import pytest
from pydantic import ValidationError

from collection_tools.decisions import Decision
from collection_tools.privacy import Limits, choose
from nlcl_bench.data.record import Box

LIMITS = Limits(sure=0.5, maybe=0.3, share=0.5)
DIGEST = "0" * 64


def _box(confidence, kind="face", left=0):
    return Box(left=left, top=0, width=20, height=30, kind=kind, confidence=confidence)


def test_a_sure_face_is_blurred_an_unsure_one_asked_about_and_an_unlikely_one_let_go():
    sure, edge, unsure, least, unlikely = (_box(value) for value in (0.9, 0.5, 0.49, 0.3, 0.29))
    choice = choose([sure, edge, unsure, least, unlikely], None, LIMITS)
    assert choice.blur == (sure, edge)
    assert choice.ask == (unsure, least)


def test_what_is_no_face_is_never_blurred_without_a_person():
    plate = _box(0.99, kind="plate")
    assert choose([plate], None, LIMITS).ask == (plate,)


def test_the_boxes_of_a_decision_stand_in_place_of_all_detections():
    drawn = _box(None, kind="plate", left=50)
    choice = choose([_box(0.9), _box(0.4)], Decision(sha256=DIGEST, boxes=(drawn,)), LIMITS)
    assert choice.blur == (drawn,)
    assert choice.ask == ()


def test_a_decision_without_any_box_says_that_nothing_is_private():
    choice = choose([_box(0.9), _box(0.4)], Decision(sha256=DIGEST, boxes=()), LIMITS)
    assert (choice.blur, choice.ask) == ((), ())


def test_a_decision_that_is_silent_about_boxes_leaves_the_detections():
    found = [_box(0.9), _box(0.4)]
    said = Decision(sha256=DIGEST, verdict="accept", reason="fine")
    assert choose(found, said, LIMITS) == choose(found, None, LIMITS)


@pytest.mark.parametrize(
    "limits", [{"sure": 0.3, "maybe": 0.5}, {"sure": 1.1, "maybe": 0.5}, {"sure": 0.5, "maybe": 0}]
)
def test_limits_that_make_no_sense_are_refused(limits):
    with pytest.raises(ValidationError):
        Limits(**limits, share=0.5)
