"""The first night without a register: doors from a pattern, a list of them, the sweep that learns who lives there."""

from __future__ import annotations

import pytest
from django.test import Client

from lianfang.campaigns.models import Campaign, Exemption, Target
from lianfang.campaigns.operations.door_runs import undo_doors
from lianfang.campaigns.operations.exemptions import decide_exemption, request_exemptions
from lianfang.campaigns.operations.rounds import generate_targets
from lianfang.campaigns.queries.coverage import coverage_and_unnamed, coverage_of
from lianfang.campaigns.queries.eligible import eligible_count
from lianfang.campaigns.queries.exemptions import Wanted, exemptions_in
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.intake.models import Operation
from lianfang.intake.operations import OperationInput, receive
from lianfang.register.making import make_doors
from lianfang.register.models import Household, Person
from lianfang.register.patterns import read_pattern
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.figure_names import Behind, names_behind
from tests.world import TONIGHT

PATTERN = "1栋 1单元 3层 2户"
DOORS = 6


@pytest.fixture
def tonight():
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def estate(world, tonight):
    """桂花园小区 in 杨梅村: one building, six doors, nobody known behind any of them."""
    with world.acting("邓永福") as scope:
        return make_doors(
            pattern=read_pattern(PATTERN),
            place=world.areas["杨梅村"],
            estate="桂花园小区",
            scope=scope,
            by=world.users["邓永福"].pk,
        )


@pytest.fixture
def homes(world, estate):
    with world.as_root():
        found = Household.objects.filter(door__run=estate).select_related("door")
        return {home.door.label: home for home in found}


def browser(world, name="邓永福"):
    client = Client()
    client.force_login(world.users[name])
    return client


def visit(world, home, found, name="邓永福", **fields):
    return browser(world, name).post(
        f"/visits/households/{home.pk}?round={found.pk}", {"channel": "door", "at": "2000", **fields}
    )


FAMILY = {
    "name_n1": "赵一", "relation_n1": "head", "sex_n1": "male", "phone_n1": "13812340001",
    "name_n2": "钱二", "relation_n2": "spouse", "p_n2": "away", "place_n2": "东莞",
    "q_returned_count": "0",
}  # fmt: skip


def equation(world, found, area="杨梅村"):
    with world.acting("邓永福") as scope:
        return coverage_of(scope, found, world.areas[area], TONIGHT)


# ---------- who may not ----------


def test_the_neighbours_neither_see_nor_name_the_door(world, homes):
    found = world.campaign()
    home = homes["1单元101"]
    assert visit(world, home, found, "谭小英", **FAMILY).status_code == 404
    with world.as_root():
        assert not Person.objects.filter(household=home).exists()


def test_people_are_not_entered_behind_a_door_outside_ones_area(world, homes):
    """A visit from outside is kept; who lives there is for the village to enter, so the record waits for it."""
    found = world.campaign()
    body = {
        "household": homes["1单元101"].pk,
        "channel": "door",
        "outcome": "met",
        "members": [{"name": "赵一", "presence": "seen"}],
        "answers": {"returned_count": 0},
    }
    with world.acting("谭小英") as scope:
        (receipt,) = receive(
            [OperationInput(new_id(), "visit", TONIGHT, body)],
            source="phone",
            scope=scope,
            home_path=world.areas["田心村/1组"].path,
            by=world.users["谭小英"].pk,
        )
    assert (receipt.status, receipt.code) == ("held", "register.members_outside")
    with world.as_root():
        assert not Person.objects.filter(household=homes["1单元101"]).exists()
        assert Target.objects.get(round=found, household_id=homes["1单元101"].pk).state == "open"


# ---------- the list ----------


def test_doors_nobody_is_known_behind_are_targets_of_the_frozen_list(world, homes):
    found = world.campaign("杨梅村")
    assert equation(world, found).due == 6 + DOORS
    with world.as_root():
        assert eligible_count(found.campaign) == {"households": 6 + DOORS, "people": 18, "unnamed": DOORS}
        found.frozen_at = None
        found.save()
        assert generate_targets(found) == 0, "twice is once"
    with world.acting("邓永福") as scope:
        rows = targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(q="1单元101")).rows
        assert [(row.where, row.name, row.is_unnamed) for row in rows] == [
            ("桂花园小区1栋1单元101", "未登记", True)
        ]


def test_lists_call_a_door_nobody_knows_by_that_and_never_by_nothing(world, homes):
    """The requests to leave the list, and the names behind tonight's knocks."""
    found = world.campaign("杨梅村")
    home = homes["1单元101"]
    with world.acting("邓永福"):
        request_exemptions([(home.pk, "vacant", None)], rounds=[found], by=world.users["邓永福"].pk)
    assert visit(world, homes["1单元102"], found, outcome="nobody_home").status_code in (200, 302)
    with world.acting("邓永福") as scope:
        assert [row.name for row in exemptions_in(scope, Wanted()).rows] == ["未登记"]
        day = Day(TONIGHT.date(), TONIGHT)
        names = names_behind(scope, found, world.areas["杨梅村"], day, Behind("visits", True))
        assert [row.name for row in names.rows] == ["未登记"]


def test_a_condition_on_people_does_not_leave_out_a_door_nobody_knows(world, homes):
    found = world.campaign("杨梅村", eligibility=[{"field": "age", "op": ">=", "value": 90}])
    assert equation(world, found).due == DOORS


def test_a_list_of_collectives_or_of_persons_has_no_unnamed_doors(world, homes):
    collectives = [{"field": "household_kind", "op": "==", "value": "collective"}]
    with pytest.raises(Problem, check=lambda problem: problem.code == "campaigns.nobody_eligible"):
        world.campaign("杨梅村", eligibility=collectives)
    found = world.campaign("杨梅村", subject=Campaign.Subject.PERSON)
    assert equation(world, found).due == 18


# ---------- the sweep ----------


def test_the_sweep_builds_the_register_and_the_numbers_balance(world, homes):
    found = world.campaign("杨梅村")
    page = browser(world).get(f"/visits/households/{homes['1单元101'].pk}?round={found.pk}").content.decode()
    assert "未登记" in page
    assert 'name="name_n1"' in page
    assert visit(world, homes["1单元101"], found, **FAMILY).status_code == 302
    assert visit(world, homes["1单元102"], found, outcome="vacant").status_code == 302
    with world.as_root():
        home = Household.objects.get(pk=homes["1单元101"].pk)
        assert (home.head_name, home.is_unnamed, home.named_at) == ("赵一", False, TONIGHT)
        people = list(Person.objects.filter(household=home).order_by("pk"))
        assert [(p.name, p.relation, p.is_here_tonight) for p in people] == [
            ("赵一", "head", True),
            ("钱二", "spouse", False),
        ]
        assert people[0].phone == "13812340001"
        asked = Exemption.objects.get(round=found, household_id=homes["1单元102"].pk)
        assert (asked.reason, asked.decision) == ("vacant", "pending")
    counts = equation(world, found)
    assert (counts.due, counts.done, counts.not_met, counts.open) == (12, 1, 1, 10)
    with world.acting("戴春燕"):
        decide_exemption(exemption_id=asked.pk, approve=True, note="已核实", by=world.users["戴春燕"].pk)
    counts = equation(world, found)
    assert (counts.due, counts.done, counts.exempt, counts.not_met, counts.open) == (12, 1, 1, 0, 10)
    assert counts.balances
    with world.acting("邓永福") as scope:
        _, unnamed = coverage_and_unnamed(scope, found, world.areas["杨梅村"], TONIGHT)
    assert (unnamed.left_count, unnamed.named_count) == (DOORS - 1, 1)
    shown = browser(world).get(f"/coverage/{found.pk}/{world.areas['杨梅村'].code}").content.decode()
    assert "还有<b>5</b>个门不知道住着谁，本轮已登记<b>1</b>个" in shown


def test_the_same_record_twice_enters_nobody_twice(world, homes):
    found = world.campaign("杨梅村")
    for _ in range(2):
        visit(world, homes["1单元101"], found, **FAMILY)
    with world.as_root():
        assert Person.objects.filter(household=homes["1单元101"]).count() == 2


def test_a_wrong_id_is_held_with_all_that_was_typed_and_put_right_on_the_spot(world, homes):
    found = world.campaign("杨梅村")
    wrong = visit(world, homes["1单元101"], found, **FAMILY, id_n1="430581198703124510")
    assert wrong.status_code == 422
    shown = wrong.content.decode()
    assert 'value="赵一"' in shown
    with world.as_root():
        held = Operation.objects.get()
        assert (held.status, held.code) == ("held", "register.bad_id")
        assert not Person.objects.filter(household=homes["1单元101"]).exists()
    again = visit(world, homes["1单元101"], found, **FAMILY, replaces=str(held.pk))
    assert again.status_code == 302
    with world.as_root():
        assert Person.objects.filter(household=homes["1单元101"]).count() == 2


def test_a_stranger_in_a_known_household_is_entered_and_counted(world, tonight):
    found = world.campaign("杨梅村")
    home = world.households["杨梅村/1组/1"]
    with world.as_root():
        seen = {f"p_{person.pk}": "seen" for person in world.people("杨梅村/1组/1")}
    visit(world, home, found, **seen, name_n1="周九", p_n1="seen", q_returned_count="1")
    with world.as_root():
        assert Person.objects.filter(household=home, name="周九", is_registered_here=False).exists()
        assert Household.objects.get(pk=home.pk).head_name == home.head_name
        assert Target.objects.get(round=found, household_id=home.pk).state == "done"


def test_a_round_of_persons_takes_in_who_is_found_behind_an_unnamed_door(world, homes):
    sweep = world.campaign("杨梅村")
    persons = world.campaign("杨梅村", subject=Campaign.Subject.PERSON, name="逐人登记")
    visit(world, homes["1单元101"], sweep, **FAMILY)
    with world.as_root():
        found = Target.objects.filter(round=persons, household_id=homes["1单元101"].pk)
        assert set(found.values_list("origin", flat=True)) == {"found_in_field"}
        assert found.count() == 2
    assert equation(world, persons).due == 18


# ---------- taking back ----------


def test_doors_of_a_frozen_list_are_not_taken_back(world, estate, homes):
    found = world.campaign("杨梅村")
    with world.acting("邓永福") as scope:
        assert undo_doors(run_id=estate.pk, scope=scope, by=world.users["邓永福"].pk) == 0
    assert equation(world, found).due == 12


def test_the_pages_cost_a_dozen_statements(world, homes, django_assert_max_num_queries):
    found = world.campaign("杨梅村")
    client = browser(world)
    address = f"/visits/households/{homes['1单元101'].pk}?round={found.pk}"
    client.get(address)
    with django_assert_max_num_queries(12 + 9):
        assert client.get(address).status_code == 200
