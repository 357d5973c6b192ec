"""Nothing is lost, doubled, silently wrong or stuck, whatever happens to phones, network, clocks and server."""

from __future__ import annotations

import os

import pytest

from tests.faults.history import history, run, shrink
from tests.faults.safeguards import SAFEGUARDS, Safeguard

HISTORIES = int(os.environ.get("LIANFANG_HISTORIES", "400"))
MOST_TO_TRY = 3000  # histories until a missing safeguard shows


def test_all_ends_well():
    for seed in range(HISTORIES):
        if wrong := run(history(seed)):
            smallest = shrink(history(seed))
            pytest.fail(f"seed {seed}: {wrong}\nsmallest: {smallest}\n{run(smallest)}")


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda safeguard: safeguard.name)
def test_each_safeguard_is_needed(safeguard: Safeguard):
    """Taken away, it shows, and in the way that is written beside it."""
    assert safeguard.missed(MOST_TO_TRY) is not None


def test_histories_are_told_again_by_their_seed():
    assert history(7) == history(7) != history(8)


def test_what_goes_wrong_is_told_in_few_events():
    without = next(each for each in SAFEGUARDS if each.name == "kept until a backup has it")
    seed = without.missed(MOST_TO_TRY)
    smallest = shrink(history(seed), without.without)
    assert sorted(name for name, *_ in smallest) == ["back_up", "make", "restore", "sync"]
    assert run(smallest, without.without)
