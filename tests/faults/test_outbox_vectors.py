"""The simulator's phone passes the vectors that the real phone passes."""

from __future__ import annotations

import json

import pytest

from lianfang.core import resources
from tests.faults.outbox import MOST_UNSETTLED, Outbox, counts, empty, pause

VECTORS = json.loads(resources.path("contract/vectors/outbox.json").read_text("utf-8"))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["about"])
def test_events_lead_to_the_state(case):
    outbox, state = Outbox(), empty()
    assert state == VECTORS["empty"]
    for event in case["events"]:
        state = outbox.reduce(state, event)
    assert state == case["state"]
    assert outbox.next_batch(state) == case["next"]
    assert counts(state) == case["counts"]
    if "unsettled" in case:
        assert outbox.unsettled(state) == case["unsettled"]


def test_the_three_numbers_are_every_operation_made():
    for case in VECTORS["cases"]:
        if all(event["type"] != "wiped" for event in case["events"]):
            assert sum(case["counts"].values()) == case["state"]["last_seq"]


def test_of_very_many_each_is_asked_after_in_turn():
    ops = [{"op_id": str(number), "status": "held"} for number in range(150)]
    outbox, asked = Outbox(), set()
    for start in (0, MOST_UNSETTLED):
        some = outbox.unsettled({"ops": ops}, start)
        assert len(some) == len(set(some)) == MOST_UNSETTLED
        asked |= set(some)
    assert len(asked) == 150


@pytest.mark.parametrize("case", VECTORS["pauses"], ids=str)
def test_pauses(case):
    assert pause(case["failures"], case["retry_after"]) == case["seconds"]
