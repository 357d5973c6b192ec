"""273条: the one county list whose figures were published, from above and back, through the real operations.

Of its rows 98 had been checked, 16 were past their period, 29 were not resident; so 143 need no call. Of the 130 that
are left, 7 look like somebody and a person decides, 5 belong nowhere that can be read, and 118 go down.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from openpyxl import load_workbook

from lianfang.campaigns.models import Visit, VisitLine
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.demo import listed, names
from lianfang.demo.identity import Issuer
from lianfang.register.models import Person
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.models import AnswerCode, Hop, PushedList, PushedRow
from lianfang.verification.operations import answering, reminding, returns, sending, sorting, taking
from lianfang.verification.queries import board_of, bucket_counts, chase
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db
NINE_PM = clock.at(dt.date(2026, 8, 7), 21)
SENT = taking.Sent(
    title=listed.TITLE,
    number="0807-1",
    sender="省专班",
    received_at=NINE_PM,
    period_days=listed.PERIOD_DAYS,
    case_number="武防核0807-1",
    call_back="0739-5000000",
)
VILLAGES = ("泉塘村", "杨梅村", "田心村")
State = PushedRow.State


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Problem) as found:
        yield
    assert found.value.code == code


def residents(world: World, count: int) -> list[Person]:
    """People with id and phone in every household, so that there are enough of them."""
    rng, issuer = names.seeded("flow"), Issuer()
    homes = list(world.households.values())
    made = []
    for number in range(count):
        is_male, born = number % 2 == 0, dt.date(1955 + number % 50, 1 + number % 12, 1 + number % 28)
        home = homes[number % len(homes)]
        made.append(
            Person(
                household=home,
                area_path=home.area_path,
                name=names.full_name(rng, names.surname(rng), is_male, born.year),
                sex="male" if is_male else "female",
                birth_on=born,
                id_number=issuer.id_number("430581", born.toordinal(), is_male),
                phone=issuer.phone(),
                reference=f"R{number:04d}",
            )
        )
    made = Person.objects.bulk_create(made)
    refresh_tokens([person.pk for person in made])
    return made


def meet(people: list[Person], world: World) -> None:
    """Each was seen at the door two days ago."""
    at = NINE_PM - dt.timedelta(days=2)
    for person in people:
        visit = Visit.objects.create(
            id=uuid.uuid4(),
            household_id=person.household_id,
            area_path=person.area_path,
            channel="door",
            outcome="met",
            recorded_by=world.users["王小红"].pk,
            happened_at=at,
            received_at=at,
        )
        VisitLine.objects.create(
            visit=visit, person_id=person.pk, area_path=person.area_path, presence="seen"
        )


def known(person: Person, world: World) -> listed.Known:
    village = next(name for name in VILLAGES if person.area_path.startswith(world.areas[name].path))
    town = "湾头桥镇" if village == "泉塘村" else "司马冲镇"
    return listed.Known(
        person.name, person.sex, str(person.id_number), str(person.phone), f"湖南省武冈市{town}{village}"
    )


@pytest.fixture
def county(world: World) -> World:
    with clock.frozen(NINE_PM), world.as_root():
        people = residents(world, listed.CHECKED + listed.PAST + listed.DECIDE + listed.OUT)
        meet(people[: listed.CHECKED], world)
        world.listed = listed.rows(  # type: ignore[attr-defined]
            visited=[known(person, world) for person in people[: listed.CHECKED]],
            unvisited=[known(person, world) for person in people[listed.CHECKED :]],
            numbers=_numbers(),
            today=NINE_PM.date(),
            rng=names.seeded("list"),
        )
    return world


def _numbers() -> listed.Numbers:
    issuer = Issuer()
    for _ in range(500):
        issuer.phone()  # those are the residents'
    return listed.Numbers(
        lambda born, is_male: issuer.id_number("430921", born.toordinal(), is_male), issuer.phone
    )


@pytest.fixture
def taken(county: World) -> PushedList:
    county.sent = listed.workbook(county.listed)  # type: ignore[attr-defined]
    with county.acting("周敏") as scope:
        return taking.take_in(
            content=county.sent,  # type: ignore[attr-defined]
            name="G6031核查名单.xlsx",
            sent=SENT,
            emergency_id=county.emergency.pk,
            county=county.areas["武冈市"],
            scope=scope,
            by=county.users["周敏"].pk,
        )


def sort(world: World, taken: PushedList) -> PushedList:
    with world.acting("周敏") as scope:
        return sorting.sort(list_id=taken.pk, scope=scope, by=world.users["周敏"].pk)


def dispatch(world: World, taken: PushedList) -> int:
    with world.acting("周敏") as scope:
        return sending.dispatch(list_id=taken.pk, scope=scope, by=world.users["周敏"].pk)


def test_nothing_is_taken_outside_the_areas_of_who_sends_it_or_without_an_emergency(county: World):
    with county.acting("戴春燕") as scope, refused("scope.outside"):
        taking.take_in(
            content=b"x",
            name="a.xlsx",
            sent=SENT,
            emergency_id=county.emergency.pk,
            county=county.areas["武冈市"],
            scope=scope,
            by=1,
        )
    with county.acting("周敏") as scope, refused("campaigns.no_emergency"):
        taking.take_in(
            content=b"x",
            name="a.xlsx",
            sent=SENT,
            emergency_id=0,
            county=county.areas["武冈市"],
            scope=scope,
            by=1,
        )


def test_what_came_at_nine_is_due_at_half_past_one_and_is_kept_byte_for_byte(
    county: World, taken: PushedList
):
    assert clock.local(taken.due_at).strftime("%d %H:%M") == "08 01:30"
    with county.acting("周敏"):
        assert taking.content_of(taken) == ("G6031核查名单.xlsx", county.sent)


def test_a_hundred_and_forty_three_need_no_call_each_for_its_cause(county: World, taken: PushedList):
    sort(county, taken)
    with county.acting("周敏") as scope:
        counts = {key: count for key, count in bucket_counts(scope, taken).items() if count}
        assert counts == {
            "checked": 98,
            "past_period": 16,
            "not_ours": 29,
            "decide": 7,
            "unroutable": 5,
            "out": 118,
        }
        causes = Counter()
        rows = PushedRow.objects.filter(scope.q(), list=taken).order_by("row")
        for row, made in zip(rows, county.listed, strict=True):
            causes[made.cause, row.bucket] += 1
            assert row.bucket_reason
        assert set(causes) == {
            ("checked", "checked"),
            ("past", "past_period"),
            ("away", "not_ours"),
            ("decide", "decide"),
            ("unplaced", "unroutable"),
            ("out", "out"),
        }


def test_the_neighbour_sees_none_of_it_and_each_village_its_own(county: World, taken: PushedList):
    sort(county, taken)
    assert dispatch(county, taken) == 118
    seen = {}
    for name in ("邓永福", "谭小英", "王小红", "周敏"):
        with county.acting(name) as scope:
            seen[name] = set(PushedRow.objects.filter(scope.q(), list=taken).values_list("pk", flat=True))
            unscoped = set(PushedRow.objects.filter(list=taken).values_list("pk", flat=True))
            assert unscoped == seen[name]  # the second wall
    assert len(seen["周敏"]) == 273
    assert seen["邓永福"]
    assert seen["谭小英"]
    assert not seen["邓永福"] & seen["谭小英"]
    assert seen["王小红"] < seen["邓永福"]


def test_every_step_down_is_told_and_signed_for(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    with county.acting("戴春燕") as scope:
        town = county.areas["司马冲镇"]
        came = Hop.objects.filter(scope.q(), area_path=town.path).count()
        assert came
        assert sending.sign_for(list_id=taken.pk, area=town, scope=scope, by=1) == came
        assert sending.sign_for(list_id=taken.pk, area=town, scope=scope, by=1) == 0
    with county.acting("邓永福") as scope, refused("scope.outside"):
        sending.sign_for(list_id=taken.pk, area=county.areas["田心村"], scope=scope, by=1)


def test_back_only_upward_and_never_without_an_area(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    with county.acting("邓永福") as scope:
        row = PushedRow.objects.filter(scope.q(), list=taken, area_path=county.areas["杨梅村"].path).first()
        row = row or PushedRow.objects.filter(scope.q(), list=taken).first()
        with refused("verification.proposal_required"):
            sending.hand_back(row_id=row.pk, proposed=" ", reason="", scope=scope, by=1)
        back = sending.hand_back(
            row_id=row.pk, proposed="湾头桥镇泉塘村", reason="查无此门", scope=scope, by=1
        )
        above = back.area_path
        assert row.area_path.startswith(above)
        assert above != row.area_path
    with county.acting("周敏") as scope:
        stored = PushedRow.objects.get(scope.q(), pk=row.pk)
        assert (stored.area_path, stored.proposed, stored.worker_id) == (above, "湾头桥镇泉塘村", None)


def answer(world: World, name: str, row: PushedRow, code: str, **said: object) -> None:
    with world.acting(name) as scope:
        answering.answer(
            row_id=row.pk, said=answering.Said(code, **said), scope=scope, by=world.users[name].pk
        )


def test_a_list_does_not_go_back_before_every_row_has_an_answer(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    by = county.users["周敏"].pk
    with county.acting("周敏") as scope, pytest.raises(Problem) as found:
        returns.return_list(list_id=taken.pk, scope=scope, by=by)
    assert found.value.payload["count"] == 130
    with county.acting("邓永福") as scope:
        row = PushedRow.objects.filter(scope.q(), list=taken).first()
    answer(county, "邓永福", row, AnswerCode.PASSED_THROUGH, note="在站内换乘，没有出站")
    with county.acting("周敏") as scope:
        assert answering.answer_interim(list_id=taken.pk, scope=scope, by=by) == 129
        sent = returns.return_list(list_id=taken.pk, scope=scope, by=by)
    assert sum(sent.counts.values()) == 273
    assert sent.counts == {
        "already_checked": 98,
        "past_period": 16,
        "not_here": 29,
        "passed_through": 1,
        "in_progress": 129,
    }


def test_nobody_is_not_found_before_three_tries_at_different_hours(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    with county.acting("邓永福") as scope:
        row = PushedRow.objects.filter(scope.q(), list=taken).first()
    with refused("verification.not_tried"):
        answer(county, "邓永福", row, AnswerCode.NOBODY)
    with county.acting("邓永福") as scope:
        for hours in (5, 2, 0):
            answering.record_call(
                row_id=row.pk,
                outcome="no_answer",
                happened_at=TONIGHT - dt.timedelta(hours=hours),
                scope=scope,
                by=county.users["邓永福"].pk,
            )
    answer(county, "邓永福", row, AnswerCode.NOBODY)


def test_after_ten_only_what_is_urgent_is_rung_and_by_one_worker(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    with county.acting("邓永福") as scope:
        row = PushedRow.objects.filter(scope.q(), list=taken, worker_id=None).first()
        row = row or PushedRow.objects.filter(scope.q(), list=taken).first()
        answering.claim(row_id=row.pk, scope=scope, by=county.users["邓永福"].pk)
    with county.acting("戴春燕") as scope, refused("verification.taken"):
        answering.claim(row_id=row.pk, scope=scope, by=county.users["戴春燕"].pk)
    late = TONIGHT + dt.timedelta(hours=1, minutes=30)
    with county.acting("邓永福") as scope, clock.frozen(late):
        with refused("verification.night"):
            answering.claim(row_id=row.pk, scope=scope, by=county.users["邓永福"].pk)
        PushedRow.objects.filter(pk=row.pk).update(is_urgent=True)
        answering.claim(row_id=row.pk, scope=scope, by=county.users["邓永福"].pk)


def test_a_row_answered_once_answers_on_the_next_list(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    with county.acting("邓永福") as scope:
        row = PushedRow.objects.filter(scope.q(), list=taken, verdict="same").first()
    answer(county, "邓永福", row, AnswerCode.PASSED_THROUGH, note="换乘")
    with county.acting("周敏") as scope:
        again = taking.take_in(
            content=listed.workbook(county.listed),
            name="再来一份.xlsx",
            sent=taking.Sent(title="复核", number="0807-2", sender="市专班"),
            emergency_id=county.emergency.pk,
            county=county.areas["武冈市"],
            scope=scope,
            by=county.users["周敏"].pk,
        )
    sort(county, again)
    with county.acting("周敏") as scope:
        same = PushedRow.objects.get(scope.q(), list=again, row=row.row)
        assert (same.bucket, same.answer) == ("checked", "already_checked")
        assert "0807-1" in same.bucket_reason


def test_the_board_adds_up_and_the_text_for_the_group_names_nobody(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    with county.acting("周敏") as scope:
        board = board_of(scope, taken)
        for line in (board.total, *board.towns):
            parts = (
                line.auto_count
                + line.answered_count
                + line.in_progress_count
                + line.out_count
                + line.waiting_count
            )
            assert line.row_count == parts
        assert (board.total.row_count, board.total.out_count) == (273, 118)
        said = chase(scope, taken)
        people = set(PushedRow.objects.filter(scope.q(), list=taken).values_list("name", flat=True))
        assert sum(count for _area, count in said) == 118
        assert not {area for area, _count in said} & people


def test_who_is_about_to_be_late_hears_of_it_once_a_step(county: World, taken: PushedList):
    sort(county, taken)
    dispatch(county, taken)
    assert reminding.raise_list_reminders(NINE_PM + dt.timedelta(hours=1)) == 0
    at_half = NINE_PM + dt.timedelta(hours=2, minutes=20)
    with county.as_root():
        raised = reminding.raise_list_reminders(at_half)
    assert raised
    with county.as_root():
        assert reminding.raise_list_reminders(at_half) == 0


def test_the_sender_gets_the_own_file_back_with_an_answer_in_every_row(county: World, taken: PushedList):
    """Order and other cells untouched; as often as it is asked for; never before the list was returned."""
    by = county.users["周敏"].pk
    sort(county, taken)
    dispatch(county, taken)
    with county.acting("周敏") as scope, refused("verification.not_returned"):
        returns.returned_file(list_id=taken.pk, scope=scope, by=by)
    with county.acting("邓永福") as scope:
        row = PushedRow.objects.filter(scope.q(), list=taken).first()
    answer(county, "邓永福", row, AnswerCode.NOT_HERE, note="在东莞打工，8月5日走的")
    with county.acting("周敏") as scope:
        answering.answer_interim(list_id=taken.pk, scope=scope, by=by)
        returns.return_list(list_id=taken.pk, scope=scope, by=by)
        name, content, done = returns.returned_file(list_id=taken.pk, scope=scope, by=by)
        again = returns.returned_file(list_id=taken.pk, scope=scope, by=by)
        assert (name, again[1]) == ("G6031核查名单.xlsx", content)
        _name, summary = returns.returned_summary(list_id=taken.pk, scope=scope, by=by)
    assert sum(done.counts.by_code.values()) == 273
    sent, back = (load_workbook(io.BytesIO(each)).active for each in (county.sent, content))
    assert [[cell.value for cell in line[:9]] for line in back.iter_rows()] == [
        [cell.value for cell in line[:9]] for line in sent.iter_rows()
    ]
    results = [back.cell(number, 10).value for number in range(4, 277)]
    assert all(results)
    assert results[row.row - 4] == "不在本地（去向：在东莞打工，8月5日走的）"
    told = "".join(
        str(cell.value) for line in load_workbook(io.BytesIO(summary)).active.iter_rows() for cell in line
    )
    assert not any(made.name in told or made.id_number in told for made in county.listed)


def test_nobody_below_the_county_gets_the_file(county: World, taken: PushedList):
    with county.acting("邓永福") as scope, refused("scope.outside"):
        returns.returned_file(list_id=taken.pk, scope=scope, by=county.users["邓永福"].pk)
