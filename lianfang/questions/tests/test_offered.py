"""Whose questions these are: two counties on one server know nothing of each other's."""

import pytest

from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.questions.drafting import NewQuestion
from lianfang.questions.operations import add_question, make_form
from lianfang.questions.queries import dictionary, known_questions, questions_by_key

NEIGHBOUR = "cn.43.05.82."  # 邵东市


@pytest.fixture
def asked_here(world):
    """A question that the county made for itself."""
    definition = NewQuestion("犬只是否免疫", about="household", type="boolean").definition(
        "county_900", "dogs_and_cats", "犬只是否免疫"
    )
    with world.acting("周敏"):
        return add_question(
            definition=definition, area_path=world.areas["武冈市"].path, by=world.users["周敏"].pk
        )


def test_the_neighbour_county_does_not_see_what_a_county_asks(world, asked_here):
    neighbour = Scope.over([NEIGHBOUR])
    assert asked_here.key not in known_questions(neighbour)
    assert asked_here.key not in {one.key for one in dictionary(neighbour)}
    assert all("dogs_and_cats" not in one.purposes for one in dictionary(neighbour))
    assert "fever" in known_questions(neighbour)


def test_the_neighbour_county_cannot_ask_it_nor_change_it(world, asked_here):
    with world.as_root():
        with pytest.raises(Problem) as refused:
            make_form(
                title="狗",
                purpose="dogs_and_cats",
                question_keys=[asked_here.key],
                area_path=NEIGHBOUR,
                by=1,
            )
        assert refused.value.code == "questions.unknown_question"
        later = NewQuestion("犬只是否免疫", about="household", type="boolean").definition(
            asked_here.key, "dogs_and_cats", "犬只是否免疫"
        )
        with pytest.raises(Problem) as refused:
            add_question(definition={**later, "version": 2}, area_path=NEIGHBOUR, by=1)
        assert refused.value.code == "questions.unknown_question"


def test_nobody_adds_a_version_to_what_came_with_the_system(world):
    later = NewQuestion("发热", about="person", type="boolean").definition("fever", "household_sweep", "发热")
    with world.as_root(), pytest.raises(Problem) as refused:
        add_question(definition={**later, "version": 9}, area_path=world.areas["武冈市"].path, by=1)
    assert refused.value.code == "questions.unknown_question"


def test_it_is_known_in_its_county_below_and_above(world, asked_here):
    for name in ("周敏", "戴春燕", "邓永福"):
        with world.acting(name) as scope:
            assert asked_here.key in known_questions(scope), name
    assert asked_here.key in known_questions(Scope.over([world.areas["邵阳市"].path]))
    assert asked_here.key in questions_by_key()  # what was answered is judged wherever it was asked
