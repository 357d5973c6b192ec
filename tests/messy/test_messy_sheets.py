"""Sheets of every kind of trap, read and checked as they come: nobody is lost, nothing is taken wrongly, all is said.

A slice of the seeds here, so that the suite stays quick; all of them by `python -m tests.messy 1000`.
"""

from __future__ import annotations

import pytest

from lianfang.core.scope import crossing
from lianfang.register import importing
from lianfang.register.models import Person
from tests.messy import judging, making
from tests.messy.__main__ import run, table

SLICE = 160
IN_A_CHILD = range(0, 400, 40)
STORED = range(7, 340, 37)
GOOD = 0.99  # of the rows with good name and place, and of the good ids and phones


@pytest.fixture(scope="module")
def score(tmp_path_factory):
    return run(list(range(SLICE)), tmp_path_factory.mktemp("sheets"))


def _said(score, *kinds):
    return [str(fault) for fault in score.faults if fault.kind in kinds]


def test_no_row_is_lost(score):
    assert score.people > 20 * SLICE
    assert _said(score, "lost", "sum") == []


def test_nothing_wrong_is_taken(score):
    assert [str(fault) for fault in score.faults if fault.kind.startswith("wrong ")] == []


def test_nobody_is_made_of_titles_sums_and_hidden_sheets(score):
    assert _said(score, "nobody taken", "hidden sheet taken", "taken wrongly", "struck taken unsaid") == []


def test_every_refusal_is_explained_at_its_place(score):
    unexplained = [str(fault) for fault in score.faults if fault.kind.endswith("unexplained")]
    assert unexplained + _said(score, "explained wrongly", "column unknown", "refused column not told") == []


def test_what_is_good_is_taken(score):
    assert score.good_rows_taken >= GOOD * score.good_rows, "\n".join(table(score))
    for name in ("id", "phone", "birth", "sex", "relation", "group", "door"):
        assert score.good_cells_taken[name] >= GOOD * score.good_cells[name], name


def test_a_header_of_two_rows_printed_again_changes_no_column(tmp_path):
    assert run([643], tmp_path).faults == []


def test_a_child_reads_the_same(tmp_path):
    score = judging.Score()
    index = judging.villages()
    for seed in IN_A_CHILD:
        truth = making.make(seed, tmp_path)
        here = judging.check(truth.path, index, in_child=False)
        there = judging.check(truth.path, judging.villages(), in_child=True)
        assert (here.entries, here.errors) == (there.entries, there.errors), seed
        judging.Judge(truth, there, score).judge()
    assert _said(score, "lost", "wrong id", "wrong village", "wrong name") == []


@pytest.mark.django_db
def test_what_is_taken_stands_in_the_register(county_of_wugang, tmp_path):
    """The same sheets, loaded: as many people as rows were taken, with the ids and phones that were."""
    for seed in STORED:
        truth = making.make(seed, tmp_path)
        with crossing("test", actor_id=None):
            checked, _ = importing.check(truth.path, county=county_of_wugang)
            outcome = importing.load(truth.path, county=county_of_wugang, by=None)
            assert (outcome.rows, outcome.taken + outcome.rejected) == (checked.row_count, checked.row_count)
            ids = {entry.id_number for entry in checked.entries if entry.id_number}
            stored = Person.objects.filter(pk__in=range(*_span(outcome)))
            assert {person.id_number for person in stored if person.id_number} == ids, seed
            assert sorted(p.name for p in stored) == sorted(e.name for e in checked.entries if e.name), seed


def _span(outcome) -> tuple[int, int]:
    first, last = outcome.stored.added_ids
    return first, last + 1
