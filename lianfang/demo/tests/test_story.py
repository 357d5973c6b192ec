"""What the loaded county tells of its evening: rounds, visits, decisions and signatures, as the rules would have them."""

import datetime as dt
from uuid import uuid4

from lianfang.accounts.models import User
from lianfang.areas.models import Area
from lianfang.campaigns.models import (
    Coverage,
    Emergency,
    Exemption,
    HandBack,
    OrderReceipt,
    Reminder,
    Target,
    Task,
    Visit,
    VisitLine,
)
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.operations.settling import settle
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.campaigns.queries.saving import Saved, saved_by
from lianfang.core.models import AuditRow
from lianfang.core.scope import subtree
from lianfang.demo import fates, homecoming, loading, places
from lianfang.demo.tests.conftest import FEW, NEIGHBOUR_VILLAGE, rounds
from lianfang.intake.models import Operation
from lianfang.register.models import Double, Household, ImportFile, Person, UnreadAddress
from lianfang.reports.models import DayClose, DepartmentTable, TableFilling
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.ledgers import nameless_people
from lianfang.reports.queries.tables import seen_sheets, template_of
from lianfang.workforce.models import Worker
from lianfang.workforce.queries import who_answers


def names_of_rounds():
    return [(found.campaign.name, found.number) for found in rounds()]


def test_the_story_has_its_five_rounds(everywhere):
    assert names_of_rounds() == [
        ("敲门行动", 1),
        ("敲门行动", 2),
        ("积水清查", 1),
        ("疫苗接种摸底", 1),
        ("学生家庭摸底", 1),
    ]
    first, second, water, survey, _schools = rounds()
    wanted_by = {found.campaign.department for found in rounds()}
    assert wanted_by == {"市疫情防控指挥部", "市疾控中心", "市卫健局", "市教育局"}
    assert first.closed_at == second.opens_at
    assert second.closed_at is None
    assert survey.campaign.subject == "person"
    assert Target.objects.filter(round=survey).exclude(state="open").count() == 0
    adults = Person.objects.filter(is_living_here=True, birth_on__lte=dt.date(2008, 8, 7))
    listed = Target.objects.filter(round=survey).values_list("person_id", flat=True)
    assert set(adults.exclude(household__reference__startswith="新增").values_list("pk", flat=True)) <= set(
        listed
    )
    assert Target.objects.filter(round=water).count() >= Target.objects.filter(round=second).count()


def test_what_the_education_bureau_asks_tonight_is_largely_answered_already(everywhere):
    schools = rounds()[4]
    targets = Target.objects.filter(round=schools)
    assert 0.7 < targets.filter(is_born=True).count() / targets.count() < 0.95
    assert not targets.filter(state="done", is_born=False).exists()
    born = dict(targets.filter(is_born=True).values_list("household_id", "settled_by"))
    visits = dict(Visit.objects.filter(pk__in=born.values()).values_list("pk", "household_id"))
    assert all(visits[settled_by] == household for household, settled_by in born.items())


def test_one_visit_at_the_door_of_the_tour_serves_four_departments(everywhere):
    """What the tour says of it: nobody sees the numbers anywhere but in what the kernel counts."""
    home = Household.objects.get(head_name="易春华", door__label="1单元402")
    people = list(home.people.all())
    owed = Target.objects.filter(household_id=home.pk, round__closed_at__isnull=True).exclude(state="done")
    assert {target.round.campaign.department for target in owed} == {
        "市疫情防控指挥部",
        "市疾控中心",
        "市卫健局",
        "市教育局",
    }
    said = VisitInput(
        visit_id=uuid4(),
        household_id=home.pk,
        channel="door",
        outcome="met",
        happened_at=loading.STANDS_AT,
        lines=tuple(
            LineInput(one.pk, "seen", answers={"dose_count": 3} if one.birth_on.year < 2008 else {})
            for one in people
            if one.is_here_tonight
        ),
        answers={"returned_count": 0, "household_needs": ["none"], "standing_water": "none"},
    )
    record_visits([said], by=User.objects.get(name="王小红").pk, scope=everywhere)
    assert saved_by(everywhere, [said.visit_id])[said.visit_id] == Saved(4, 2, 5)


def test_the_emergency_is_in_its_eighteenth_day_and_was_renewed_by_two(everywhere):
    emergency = Emergency.objects.get()
    assert (
        loading.STANDS_AT.date() - emergency.opened_at.astimezone(loading.STANDS_AT.tzinfo).date()
    ).days == 17
    assert emergency.ends_at.astimezone(loading.STANDS_AT.tzinfo).date() == dt.date(2026, 8, 17)
    renewal = emergency.renewals.get()
    assert renewal.reason
    assert renewal.requested_by != renewal.approved_by


def test_all_townships_but_one_have_signed(everywhere):
    signed = set(
        OrderReceipt.objects.filter(order__title__contains="敲门").values_list("area__code", flat=True)
    )
    townships = set(Area.objects.filter(level="township").values_list("code", flat=True))
    assert townships - signed == {"430581207"}


def test_the_states_are_those_of_the_rule(everywhere):
    """Written set-wise, and the same as if every record had been filed by itself. One household has grown since it
    was done: the rule sees that when somebody goes there."""
    grown = Person.objects.get(name=homecoming.COUPLE[0][0]).household_id
    for found in (*rounds()[:3], rounds()[4]):
        homes = set(Target.objects.filter(round=found).values_list("household_id", flat=True))
        changes = settle(homes - {grown}, [found])
        assert [(change.target.pk, change.was, change.verdict) for change in changes] == []


def test_the_evening_of_the_tour_lacks_two_who_came_home_late(everywhere):
    """They stand in the ledger with their names, and nobody else does."""
    village = Area.objects.get(code=places.ESTATE_VILLAGE)
    day = Day(loading.STANDS_AT.date(), loading.STANDS_AT)
    lacking = [nameless_people(everywhere, rounds()[number], village, day) for number in (1, 2, 4)]
    names_lacking = [{person.name for person in people_of_round} for people_of_round in lacking]
    assert names_lacking == [{name for name, *_ in homecoming.COUPLE}, set(), set()]


def test_a_state_that_is_not_the_rules_is_noticed(everywhere):
    """The test above can fail."""
    found = rounds()[1]
    one = Target.objects.filter(round=found, state="open").first()
    Target.objects.filter(round=found, household_id=one.household_id).update(state="done")
    assert len(settle([one.household_id], [found])) == 1


def test_figures_balance_everywhere_and_equal_a_recount(everywhere):
    def counters():
        return sorted(Coverage.objects.values_list())

    kept = counters()
    for found in rounds():
        recount(found)
    assert counters() == kept
    areas = Area.objects.filter(code__in=FEW) | Area.objects.filter(level__in=("county", "township"))
    for area in areas:
        low, high = subtree(area.path)
        for found in rounds():
            said = coverage_of(everywhere, found, area, loading.STANDS_AT)
            assert said.balances
            listed = Target.objects.filter(
                round=found, area_path__gte=low, area_path__lt=high, origin="frozen"
            ).count()
            assert said.due == listed


def test_every_target_has_a_worker_a_deadline_and_a_task(everywhere):
    paths = set(Target.objects.values_list("area_path", flat=True))
    answering = who_answers(paths)
    assert set(answering) == paths
    assert Target.objects.filter(due_at__isnull=True).count() == 0
    targets = set(Target.objects.values_list("round_id", "household_id", "person_id", "due_at"))
    tasks = set(Task.objects.filter(attempt=1).values_list("round_id", "household_id", "person_id", "due_at"))
    assert targets <= tasks


def test_closed_tasks_name_their_visit_and_an_hour_after_it(everywhere):
    visits = dict(Visit.objects.values_list("pk", "happened_at"))
    done = Task.objects.filter(closed_as="done")
    assert done.count() > 1000
    for visit, closed_at in done.values_list("visit_id", "closed_at"):
        assert visits[visit] <= closed_at <= loading.STANDS_AT


def test_the_village_of_the_tour_has_its_late_doors(everywhere):
    second = rounds()[1]
    village = Area.objects.get(code=places.ESTATE_VILLAGE)
    said = coverage_of(everywhere, second, village, loading.STANDS_AT)
    assert said.overdue == 23
    assert said.found_due == 6
    late = Target.objects.filter(
        round=second,
        area_path__startswith=village.path,
        due_at__lt=loading.STANDS_AT,
        state__in=["open", "not_met"],
        origin="frozen",
    )
    workers = [found.name for found in who_answers(late.values_list("area_path", flat=True)).values()]
    assert set(workers) == {"王小红", "曾祥林"}
    estate = late.filter(area_path__startswith=village.path + "E").count()
    assert (estate, late.count() - estate) == (14, 9)
    heads = Household.objects.filter(pk__in=late.values("household_id")).values_list("head_name", flat=True)
    told = {
        "易春华",
        "覃家兴",
        "滕银秀",
        "杨再兴",
        "莫彩云",
        "易长根",
        "米秀英",
        "曹德胜",
        "舒友元",
        "肖春生",
    }
    assert told <= set(heads)


def test_visits_are_of_the_days_they_tell_of(everywhere):
    happened = Visit.objects.values_list("happened_at", "received_at")
    assert all(seen <= got <= loading.STANDS_AT for seen, got in happened)
    days = {seen.astimezone(loading.STANDS_AT.tzinfo).date() for seen, _ in happened}
    assert days == {dt.date(2026, 8, day) for day in (4, 5, 6, 7)}
    assert Visit.objects.filter(is_out_of_scope=True).count() == 1
    assert Visit.objects.filter(supersedes__isnull=False).count() == 2
    members = dict(Person.objects.values_list("pk", "household_id"))
    homes = dict(Visit.objects.values_list("pk", "household_id"))
    assert all(
        members[person] == homes[visit]
        for visit, person in VisitLine.objects.values_list("visit_id", "person_id")
    )


def test_every_visit_came_in_as_an_operation_and_left_its_audit_row(everywhere):
    visits = set(Visit.objects.values_list("pk", flat=True))
    filed = set(Operation.objects.filter(status="filed").values_list("pk", flat=True))
    assert visits == filed
    audited = AuditRow.objects.filter(action="visit.record").values_list("object_id", flat=True)
    assert sorted(audited) == sorted(str(pk) for pk in visits)
    held = Operation.objects.filter(status="held")
    assert held.count() == 12
    assert len(set(held.values_list("code", flat=True))) >= 3


def test_requests_were_decided_by_somebody_else(everywhere):
    decided = Exemption.objects.exclude(decision="pending")
    assert decided.exists()
    assert all(row.decided_by != row.requested_by for row in decided)
    pending = Exemption.objects.filter(decision="pending").values_list("area_path", flat=True)
    demolished = Area.objects.get(code=fates.DEMOLISHED_VILLAGE)
    assert pending
    assert all(path.startswith(demolished.path) for path in pending)
    second = rounds()[1]
    approved = Exemption.objects.filter(decision="approved", round=second).count()
    assert Target.objects.filter(round=second, state="exempt").count() == approved > 0


def test_doors_were_handed_back_and_one_was_taken(everywhere):
    assert HandBack.objects.filter(taken_at__isnull=True).count() == 1
    taken = HandBack.objects.get(taken_at__isnull=False)
    target = Target.objects.get(round=taken.round_id, household_id=taken.household_id, person_id=0)
    assert Worker.objects.get(pk=target.worker_id).name == "曾祥林"


def test_two_calls_to_the_village_were_not_answered(everywhere):
    unanswered = Reminder.objects.filter(area__code=places.ESTATE_VILLAGE, acknowledged_at__isnull=True)
    hours = [
        raised.astimezone(loading.STANDS_AT.tzinfo)
        for raised in unanswered.values_list("raised_at", flat=True)
    ]
    assert [f"{hour:%H:%M}" for hour in sorted(hours)] == ["20:05", "20:40"]
    assert Reminder.objects.filter(acknowledged_at__isnull=False).exists()


def test_villages_have_signed_their_evening_but_for_the_late_ones(everywhere):
    signed = set(DayClose.objects.values_list("area__code", flat=True))
    assert signed == {NEIGHBOUR_VILLAGE}  # the only other village of the township among the few
    for close in DayClose.objects.select_related("area"):
        equation = close.figures["equation"]
        assert equation["due"] == sum(equation[part] for part in ("done", "exempt", "not_met", "open"))
        assert close.samples.exists() == (equation["done"] > 0)


def test_two_sheets_came_in_and_left_something_to_do(everywhere):
    taken, waiting = ImportFile.objects.order_by("received_at")
    assert (taken.state, taken.taken_count, taken.rejected_count) == ("taken", 2, 11)
    assert (waiting.state, waiting.row_count) == ("checked", 7)
    assert {"register.id_number_cell", "register.id_masked", "register.id_check_digit"} <= set(
        waiting.outcome["by_code"]
    )
    assert waiting.outcome["refused_columns"]
    assert sum(each.row_count for each in UnreadAddress.objects.filter(state="waiting")) == 11
    assert Double.objects.filter(state="open").count() == 2


def test_one_table_fills_itself_and_one_waits_for_its_columns(everywhere):
    needs, pupils = DepartmentTable.objects.order_by("registered_at")
    assert (needs.state, pupils.state) == ("approved", "draft")
    cast = {user.pk: user.name for user in User.objects.all()}
    assert (cast[needs.confirmed_by], cast[needs.approved_by]) == ("周敏", "刘志远")
    fillings = list(TableFilling.objects.filter(table=needs).order_by("as_of"))
    assert [filling.slot for filling in fillings] == ["2026-08-07 16:00", "2026-08-07 20:00"]
    assert all(
        filling.made_by is None and filling.filled_count and not filling.fault_code for filling in fillings
    )
    (sheet,) = seen_sheets(template_of(everywhere, needs))
    assert "unknown" not in {found.meaning.kind for found in sheet.proposals}
    (sheet,) = seen_sheets(template_of(everywhere, pupils))
    asked = {
        "·".join(sheet.layout.columns[found.column].path): found.meaning
        for found in sheet.proposals
        if found.meaning.kind in ("question", "figure", "unknown")
    }
    stage = {path: meaning.choice for path, meaning in asked.items() if meaning.key == "school_stage"}
    assert list(stage.values()) == ["primary", "junior", "senior"]
    assert [meaning.span for meaning in asked.values() if meaning.key == "returned"] == ["today", "total"]
    assert asked["住校人数"].kind == "unknown"
