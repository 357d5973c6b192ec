"""Signing an evening, revising it, looking again. Who may not comes first."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from lianfang.campaigns.models import Coverage, Target
from lianfang.core import clock
from lianfang.core.clock import at
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.register.models import Person
from lianfang.reports import rules
from lianfang.reports.models import DayClose, RecheckSample
from lianfang.reports.operations.closing import record_recheck, recount_rounds, revise_close, sign_close
from lianfang.reports.queries.closing import close_page
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.ledgers import nameless_households, nameless_people
from lianfang.reports.tests.evenings import TODAY, visit, worked
from tests.world import TONIGHT, World


def sign(world: World, name: str, area: str, **more: object) -> list[DayClose]:
    with world.acting(name) as scope:
        return sign_close(area=world.areas[area], date=TODAY, scope=scope, by=world.users[name].pk, **more)


def page_of(world: World, name: str, area: str):
    with world.acting(name) as scope:
        return close_page(scope, world.areas[area].code, Day(TODAY, TONIGHT))


# ---------- who may not ----------


@pytest.mark.parametrize(
    ("name", "area", "code"),
    [
        ("王小红", "杨梅村/1组", "reports.not_lead"),  # a grid worker signs nothing
        ("王小红", "杨梅村", "scope.outside"),
        ("戴春燕", "湾头桥镇", "scope.outside"),  # nor a township lead for another township
        ("戴春燕", "杨梅村", "reports.not_lead"),  # nor for a village of her own: the village signs
        ("瞿敏", "武冈市", "reports.not_lead"),
        ("申志文", "武冈市", "reports.not_lead"),
        ("谭小英", "田心村/1组", "reports.not_lead"),
    ],
)
def test_who_may_not_sign(world, name, area, code):
    worked(world)
    with pytest.raises(Problem) as refused:
        sign(world, name, area)
    assert refused.value.code == code
    assert not DayClose.objects.exists()


def test_a_county_lead_does_not_sign_for_the_townships_below(world):
    worked(world)
    with pytest.raises(Problem) as refused:
        sign(world, "刘志远", "司马冲镇")
    assert refused.value.code == "reports.not_lead"


@pytest.mark.parametrize("name", ["王小红", "邓永福"])
def test_neither_who_visited_nor_who_signed_looks_again(world, name):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    with world.acting(name) as scope:
        sample = RecheckSample.objects.get(household_id=world.households["杨梅村/1组/1"].pk)
        with pytest.raises(Problem) as refused:
            record_recheck(sample_id=sample.pk, agrees=True, note="", scope=scope, by=world.users[name].pk)
    assert refused.value.code == "reports.recheck_own"


def test_a_neighbour_cannot_look_again(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    with world.as_root():
        sample = RecheckSample.objects.first()
    with world.acting("谭小英") as scope, pytest.raises(Problem) as refused:
        record_recheck(sample_id=sample.pk, agrees=True, note="", scope=scope, by=world.users["谭小英"].pk)
    assert refused.value.code == "reports.unknown_sample"


def test_what_was_signed_cannot_be_changed_or_deleted_by_the_app(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    for statement in ("update reports_dayclose set mop_up_count = 0", "delete from reports_dayclose"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_nobody_signs_a_day_to_come_or_one_long_past(world):
    worked(world)
    for date in (TODAY.replace(day=8), TODAY.replace(day=5)):
        with world.acting("邓永福") as scope, pytest.raises(Problem) as refused:
            sign_close(area=world.areas["杨梅村"], date=date, scope=scope, by=world.users["邓永福"].pk)
        assert refused.value.code in ("reports.too_late", "reports.nothing_to_close")


# ---------- a number that does not balance ----------


def test_wrong_counters_stop_the_signature_and_name_the_households(world):
    found = worked(world)
    village = world.areas["杨梅村"]
    Coverage.objects.filter(round=found, village_path=village.path).update(done=1, due=5)
    with pytest.raises(Problem) as refused:
        sign(world, "邓永福", "杨梅村")
    assert (refused.value.code, refused.value.payload["difference"]) == ("reports.unbalanced", 1)
    assert not DayClose.objects.exists()
    page = page_of(world, "邓永福", "杨梅村")
    with world.acting("邓永福") as scope:
        named = nameless_households(scope, found, village, page.check(found))
    assert {row.household_id for row in named} == {
        world.households["杨梅村/1组/1"].pk,
        world.households["杨梅村/2组/1"].pk,
    }


def test_counters_that_add_up_but_count_a_household_in_the_wrong_place_stop_it_too(world):
    found = worked(world)
    Coverage.objects.filter(round=found, village_path=world.areas["杨梅村"].path).update(done=3, open=0)
    with pytest.raises(Problem) as refused:
        sign(world, "邓永福", "杨梅村")
    assert (refused.value.code, refused.value.payload["difference"]) == ("reports.unbalanced", 1)


def test_a_household_whose_state_is_gone_is_named(world, superuser_dsn):
    found = worked(world)
    lost = world.households["杨梅村/2组/3"]
    with world.as_root():
        Target.objects.filter(round=found, household_id=lost.pk).delete()
        Coverage.objects.filter(round=found, village_path=world.areas["杨梅村"].path).update(open=0, due=5)
    with pytest.raises(Problem) as refused:
        sign(world, "邓永福", "杨梅村")
    assert refused.value.code == "reports.unbalanced"
    page = page_of(world, "邓永福", "杨梅村")
    with world.acting("邓永福") as scope:
        named = nameless_households(scope, found, world.areas["杨梅村"], page.check(found))
    assert [(row.household_id, row.state) for row in named] == [(lost.pk, "lost")]


def test_somebody_written_down_after_the_visit_has_no_place_and_stops_it(world):
    found = worked(world)
    household = world.households["杨梅村/1组/1"]
    with world.as_root():
        Person.objects.create(household=household, area_path=household.area_path, name="易小宝", sex="male")
    with pytest.raises(Problem) as refused:
        sign(world, "邓永福", "杨梅村")
    assert (refused.value.code, refused.value.payload["difference"]) == ("reports.unbalanced", 1)
    with world.acting("邓永福") as scope:
        named = nameless_people(scope, found, world.areas["杨梅村"], Day(TODAY, TONIGHT))
    assert [row.name for row in named] == ["易小宝"]


def test_recounting_puts_the_counters_right(world):
    found = worked(world)
    Coverage.objects.filter(round=found, village_path=world.areas["杨梅村"].path).update(done=1, due=5)
    with world.acting("邓永福") as scope:
        recount_rounds(area=world.areas["杨梅村"], scope=scope, by=world.users["邓永福"].pk)
    assert sign(world, "邓永福", "杨梅村")


# ---------- the chain ----------


def test_a_village_signs_its_figures_as_counted_by_hand(world):
    worked(world)
    (close,) = sign(world, "邓永福", "杨梅村")
    equation, people, work = (close.figures[key] for key in ("equation", "people", "work"))
    assert {key: equation[key] for key in ("due", "done", "exempt", "not_met", "open")} == {
        "due": 6,
        "done": 2,
        "exempt": 1,
        "not_met": 2,
        "open": 1,
    }
    # 18 people: 4 seen, 1 answered for, 1 away, 3 of the exempt household, 9 of three households not done
    assert people == {
        "total": 18,
        "seen": 4,
        "answered_for": 1,
        "away": 1,
        "left": 0,
        "exempt": 3,
        "missing": 9,
    }
    assert {name: today for name, (today, _) in work.items()} == {
        "households": 2,
        "people": 5,
        "visits": 6,
        "nobody_home": 2,
        "refused": 0,
        "returned": 2,
        "water_left": 0,
        "doses_asked": 0,
        "workers": 2,
        "rechecked": 0,
    }
    assert (close.mop_up_count, close.as_of, close.revision) == (3, TONIGHT, 0)
    assert AuditRow.objects.get(action="close.sign").area_path == world.areas["杨梅村"].path


def test_a_township_waits_for_its_villages(world):
    worked(world)
    with pytest.raises(Problem) as refused:
        sign(world, "戴春燕", "司马冲镇")
    assert (refused.value.code, refused.value.payload["count"]) == ("reports.children_open", 2)


def test_a_silent_village_is_named_with_a_reason_and_never_a_zero(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    silent = {world.areas["田心村"].code: "村里停电，电话打不通"}
    (close,) = sign(world, "戴春燕", "司马冲镇", silent=silent)
    assert close.figures["silent"] == [
        {"code": "430581107222", "name": "田心村", "reason": "村里停电，电话打不通"}
    ]
    assert {row["name"]: row["is_signed"] for row in close.figures["rows"]} == {
        "杨梅村": True,
        "田心村": False,
    }


def test_a_county_adds_up_the_people_that_were_signed_for(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    sign(world, "戴春燕", "司马冲镇", silent={world.areas["田心村"].code: "停电"})
    page = page_of(world, "刘志远", "武冈市")
    assert [place.name for place in page.silent] == ["湾头桥镇"]
    assert page.people(page.main).total == 36  # 司马冲镇: 12 households; 湾头桥镇 has told nothing


def test_an_evening_is_signed_once(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    with pytest.raises(Problem) as refused:
        sign(world, "邓永福", "杨梅村")
    assert refused.value.code == "reports.already_closed"


def test_a_round_declared_after_the_signature_is_signed_for_itself(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    later = world.campaign(name="积水清查", form_key="standing_water")
    (close,) = sign(world, "邓永福", "杨梅村")
    assert close.round_id == later.pk


# ---------- what arrives later ----------


def test_a_late_visit_makes_a_revision_and_the_signed_figure_stays(world):
    found = worked(world)
    sign(world, "邓永福", "杨梅村")
    assert not page_of(world, "邓永福", "杨梅村").has_changed
    visit(world, "杨梅村/2组/3", hour=20, name="曾祥林")  # happened before the signature, arrived after it
    page = page_of(world, "邓永福", "杨梅村")
    assert page.has_changed
    assert (page.signed[found.pk].equation.done, page.equations[found.pk].done) == (2, 3)
    with world.acting("邓永福") as scope:
        (revised,) = revise_close(
            area=world.areas["杨梅村"], date=TODAY, scope=scope, by=world.users["邓永福"].pk, note="手机晚到"
        )
    closes = list(DayClose.objects.order_by("revision"))
    assert [(one.revision, one.figures["equation"]["done"]) for one in closes] == [(0, 2), (1, 3)]
    assert revised.note == "手机晚到"
    assert not page_of(world, "邓永福", "杨梅村").has_changed


def test_nothing_is_revised_when_nothing_has_changed(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    with world.acting("邓永福") as scope, pytest.raises(Problem) as refused:
        revise_close(
            area=world.areas["杨梅村"], date=TODAY, scope=scope, by=world.users["邓永福"].pk, note="再看"
        )
    assert refused.value.code == "reports.unchanged"


def test_the_next_morning_yesterday_still_stands_as_it_ended(world):
    """Visits of the new day do not creep into the evening before; one of that evening that arrives late does."""
    found = worked(world)
    sign(world, "邓永福", "杨梅村")
    morning = at(TODAY.replace(day=8), 7, 30)
    visit(world, "杨梅村/2组/3", hour=20, name="曾祥林")
    with clock.frozen(morning), world.as_root() as scope:
        page = close_page(scope, world.areas["杨梅村"].code, Day(TODAY, morning))
    assert page.equations[found.pk].done == 3
    assert page.equations[found.pk].balances


# ---------- the second look ----------


def test_the_sample_holds_only_what_was_marked_done_today(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    with world.as_root():
        drawn = set(RecheckSample.objects.values_list("household_id", flat=True))
    assert drawn == {world.households["杨梅村/1组/1"].pk, world.households["杨梅村/2组/1"].pk}


def test_an_inspector_writes_down_what_the_second_look_found(world):
    worked(world)
    sign(world, "邓永福", "杨梅村")
    with world.acting("瞿敏") as scope:
        sample = RecheckSample.objects.get(household_id=world.households["杨梅村/1组/1"].pk)
        by = world.users["瞿敏"].pk
        with pytest.raises(Problem) as refused:
            record_recheck(sample_id=sample.pk, agrees=False, note="", scope=scope, by=by)
        assert refused.value.code == "reports.reason_required"
        record_recheck(sample_id=sample.pk, agrees=False, note="记见到，实为代答", scope=scope, by=by)
        with pytest.raises(Problem) as refused:
            record_recheck(sample_id=sample.pk, agrees=True, note="", scope=scope, by=by)
        assert refused.value.code == "reports.already_checked"
    verdicts = next(iter(page_of(world, "瞿敏", "杨梅村").signed.values())).verdicts
    assert sorted(verdicts) == ["", "differs"]
    assert rules.lot_verdict(len(verdicts), 0, 1) == "redo"  # one of two is too many
