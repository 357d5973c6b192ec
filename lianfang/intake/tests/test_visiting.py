"""The desk's page of one door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianfang.campaigns.models import Exemption, Round, Target, Visit, VisitLine
from lianfang.campaigns.queries.saving import saved_by
from lianfang.campaigns.tests.test_following import move
from lianfang.core import clock, sealing
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.intake import typed
from lianfang.intake.models import Operation
from lianfang.intake.queries import get_door
from tests.world import TONIGHT, World

HOME = "杨梅村/1组/1"
NEXT = "杨梅村/1组/2"


@pytest.fixture
def tonight(world: World) -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name])
    return client


def address(world: World, found: object, door: str = HOME) -> str:
    return f"/visits/households/{world.households[door].pk}?round={found.pk}"


def typed_in(world: World, door: str = HOME, **fields: str) -> dict[str, str]:
    with world.as_root():
        people = world.people(door)
    form = {f"p_{person.pk}": "seen" for person in people}
    return {**form, "channel": "door", "at": "1940", "q_returned_count": "0", **fields}


def test_a_neighbours_door_is_not_there(world, tonight):
    found = world.campaign()
    response = signed_in(world, "谭小英").get(address(world, found))
    assert response.status_code == 404
    assert "舒国强" not in response.content.decode()
    assert AuditRow.objects.filter(action="refused", reason="register.unknown_household").exists()


def test_nobody_can_say_of_a_knock_that_it_was_elsewhere(world, tonight):
    page = signed_in(world, "王小红").get(address(world, world.campaign())).content.decode()
    assert "无人应门" in page
    assert "原住处已见到" not in page


@pytest.mark.parametrize("name", ["瞿敏", "申志文"])
def test_who_may_not_record_sees_no_form(world, tonight, name):
    assert signed_in(world, name).get(address(world, world.campaign())).status_code == 403


def test_nobody_records_without_signing_in(world, tonight):
    response = Client().get(address(world, world.campaign()))
    assert (response.status_code, response["Location"][:7]) == (302, "/login?")


def test_the_page_reads_what_it_shows_in_a_dozen_statements(world, tonight):
    """With all that a door can have: several rounds, attempts with lines, typed in by somebody else, a next
    door. Session, account, roles and the look are counted; what opens and closes the transaction is not."""
    found = world.campaign()
    world.campaign(name="第二个专项")
    client = signed_in(world, "邓永福")
    client.post(
        address(world, found),
        {
            "channel": "door",
            "outcome": "nobody_home",
            "at": "1200",
            "worker": str(world.workers["王小红"].pk),
        },
    )
    client.post(address(world, found), {**typed_in(world), "worker": str(world.workers["王小红"].pk)})
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address(world, found)).content.decode()
    for words in ("邓永福", "1组2号"):
        assert words in page
    said = [query["sql"] for query in asked.captured_queries]
    said = [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE", "select set_config"))]
    assert len(said) <= 12, "\n".join(sql[:160] for sql in said)


def test_the_page_shows_the_door_and_the_look_is_recorded(world, tonight):
    found = world.campaign()
    page = signed_in(world, "王小红").get(address(world, found)).content.decode()
    for words in (
        "1组1号",
        "舒国强",
        "户主 男 46",
        "近14天有几人从外地回来",
        "保存，去1组2号",
        "邓永福",
        "还没去过",
    ):
        assert words in page
    look = AuditRow.objects.filter(action="look", object_kind="visit").latest("pk")
    assert (look.object_id, look.detail["count"]) == (str(world.households[HOME].pk), 3)


def test_a_saved_visit_leads_to_the_next_door(world, tonight):
    found = world.campaign()
    response = signed_in(world, "王小红").post(address(world, found), typed_in(world))
    assert (response.status_code, response["Location"]) == (302, address(world, found, NEXT))
    with world.as_root():
        visit = Visit.objects.get()
        assert visit.happened_at == TONIGHT.replace(hour=19, minute=40)
        assert visit.worker_id == world.workers["王小红"].pk
        assert Target.objects.get(round=found, household_id=visit.household_id).state == "done"
        assert Operation.objects.get().source == "desk"


def test_pressing_save_twice_is_one_visit(world, tonight):
    found = world.campaign()
    client = signed_in(world, "王小红")
    form = typed_in(world, op_id="019876aa-0000-7000-8000-000000000001")
    assert [client.post(address(world, found), form).status_code for _ in range(2)] == [302, 302]
    with world.as_root():
        assert Visit.objects.count() == 1


def test_the_last_door_leads_back_to_the_list(world, tonight):
    found = world.campaign()
    response = signed_in(world, "王小红").post(
        address(world, found, "杨梅村/1组/3"), typed_in(world, "杨梅村/1组/3")
    )
    assert "/visits/" not in response["Location"]


def test_away_without_a_place_is_asked_for_and_what_was_typed_stays(world, tonight):
    found = world.campaign()
    with world.as_root():
        child = world.people(HOME)[2]
    form = typed_in(world, **{f"p_{child.pk}": "away", "note": "狗凶"})
    response = signed_in(world, "王小红").post(address(world, found), form)
    page = response.content.decode()
    assert response.status_code == 422
    assert "外出的人请写明在哪里" in page
    assert 'value="狗凶"' in page
    with world.as_root():
        assert not Visit.objects.exists()


def test_where_somebody_is_and_until_when_is_kept(world, tonight):
    found = world.campaign()
    with world.as_root():
        child = world.people(HOME)[2]
    form = typed_in(
        world, **{f"p_{child.pk}": "away", f"place_{child.pk}": "广东省东莞市", f"back_{child.pk}": "0820"}
    )
    signed_in(world, "王小红").post(address(world, found), form)
    with world.as_root():
        line = VisitLine.objects.get(person_id=child.pk)
        assert (line.away_place, line.back_on) == ("广东省东莞市", dt.date(2026, 8, 20))


def test_nobody_home_keeps_the_hour_to_come_again(world, tonight):
    found = world.campaign()
    form = {"channel": "door", "outcome": "nobody_home", "again": "1930"}
    client = signed_in(world, "王小红")
    client.post(address(world, found), form)
    with world.as_root():
        visit = Visit.objects.get()
    assert visit.back_at == (TONIGHT + dt.timedelta(days=1)).replace(hour=19, minute=30)
    page = client.get(address(world, found)).content.decode()
    assert "今天21:05" in page
    assert "无人应门" in page
    assert "明天19:30再来" in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "还没有填"),
        ({"outcome": "nobody_home", "p_{head}": "seen"}, "请只留一样"),
        ({"p_{head}": "seen", "at": "半夜"}, "时间没看懂"),
        ({"p_{head}": "seen", "at": "2359"}, "不能晚于现在"),
        ({"p_{head}": "seen", "q_returned_count": "99"}, "要在0到30之间"),
        ({"p_{head}": "seen", "q_returned_count": "三"}, "要填整数"),
    ],
)
def test_what_cannot_be_meant_is_said_on_the_page(world, tonight, form, words):
    found = world.campaign()
    with world.as_root():
        head = world.people(HOME)[0].pk
    typed_form = {key.format(head=head): value for key, value in form.items()}
    response = signed_in(world, "王小红").post(address(world, found), {"channel": "door", **typed_form})
    assert response.status_code == 422
    assert words in response.content.decode()


def test_what_was_held_and_put_right_on_the_spot_does_not_wait(world, tonight):
    found = world.campaign()
    client = signed_in(world, "王小红")
    response = client.post(address(world, found), typed_in(world, at="2359"))
    with world.as_root():
        held = Operation.objects.get()
    assert held.status == "held"
    assert str(held.pk) in response.content.decode()
    client.post(address(world, found), typed_in(world, replaces=str(held.pk)))
    with world.as_root():
        assert sorted(Operation.objects.values_list("status", flat=True)) == ["filed", "replaced"]
        assert Visit.objects.count() == 1


def test_a_grid_worker_puts_right_nobody_elses_held_record(world, tonight):
    found = world.campaign()
    signed_in(world, "邓永福").post(address(world, found), typed_in(world, at="2359"))
    with world.as_root():
        held = Operation.objects.get()
    response = signed_in(world, "王小红").post(address(world, found), typed_in(world, replaces=str(held.pk)))
    assert response.status_code in (404, 422)
    with world.as_root():
        assert not Visit.objects.exists()


def test_a_correction_opens_filled_and_supersedes(world, tonight):
    found = world.campaign()
    client = signed_in(world, "王小红")
    client.post(address(world, found), typed_in(world, q_returned_count="4", note="老人耳背"))
    with world.as_root():
        first = Visit.objects.get()
    page = client.get(f"{address(world, found)}&correct={first.pk}").content.decode()
    assert 'value="4"' in page
    assert "老人耳背" in page
    assert "2026-08-07 19:40" in page
    client.post(address(world, found), typed_in(world, supersedes=str(first.pk), q_returned_count="1"))
    with world.as_root():
        assert Visit.objects.get(supersedes=first.pk).answers == {"returned_count": 1}
    assert "已被更正" in client.get(address(world, found)).content.decode()


def test_correcting_after_the_round_closed_loses_no_answer(world, tonight):
    found = world.campaign(form_version=2)
    client = signed_in(world, "王小红")
    with world.as_root():
        person = world.people(HOME)[0].pk
    answers = {"q_returned_count": "4", "q_dwelling_state": "rented", f"a_{person}_had_contact": "yes"}
    client.post(address(world, found), typed_in(world, **answers))
    with world.as_root():
        first = Visit.objects.get()
        Round.objects.update(closed_at=TONIGHT)
    response = client.get(f"{address(world, found)}&correct={first.pk}")
    fields = {field.name: field.values for field in response.context["questions"]}
    assert fields == {"q_dwelling_state": ["rented"], "q_returned_count": ["4"]}
    row = next(row for row in response.context["rows"] if row.member.person.pk == person)
    assert [(field.name, field.values) for field in row.fields] == [(f"a_{person}_had_contact", ["yes"])]
    client.post(address(world, found), typed_in(world, supersedes=str(first.pk), **answers, at="1945"))
    with world.as_root():
        again = Visit.objects.get(supersedes=first.pk)
        assert again.answers == {"returned_count": 4, "dwelling_state": "rented"}
        assert sealing.unseal_json(again.sealed_answers, purpose="visit.answers") == {
            str(person): {"had_contact": True}
        }


def test_correcting_keeps_the_line_of_somebody_who_lives_elsewhere_by_now(world, tonight):
    found = world.campaign()
    client = signed_in(world, "王小红")
    client.post(address(world, found), typed_in(world))
    with world.as_root():
        first, gone = Visit.objects.get(), world.people(HOME)[1]
    move(world, gone, world.households[NEXT].pk)
    client.post(address(world, found), typed_in(world, supersedes=str(first.pk), at="1945"))
    with world.as_root():
        again = Visit.objects.get(supersedes=first.pk)
        assert gone.pk in again.lines.values_list("person_id", flat=True)


def test_a_record_that_was_held_is_put_right_with_all_its_answers(world, tonight):
    """Its round has closed in the meantime: what it said is still there to be put right."""
    found = world.campaign(form_version=2)
    client = signed_in(world, "王小红")
    client.post(address(world, found), typed_in(world, q_dwelling_state="rented", at="2330"))
    with world.as_root():
        held = Operation.objects.get(status="held")
        Round.objects.update(closed_at=TONIGHT)
    page = client.get(f"{address(world, found)}&replaces={held.pk}")
    assert {field.name: field.values for field in page.context["questions"]}["q_dwelling_state"] == ["rented"]


def test_a_known_answer_is_shown_and_not_asked_again(world, tonight):
    found = world.campaign()
    client = signed_in(world, "王小红")
    client.post(address(world, found), typed_in(world, q_returned_count="4"))
    page = client.get(address(world, found)).content.decode()
    assert "另有1项已知" in page
    assert "今天19:40 见到" in page


def test_the_clerk_credits_the_worker_who_went(world, tonight):
    found = world.campaign()
    page = signed_in(world, "邓永福").get(address(world, found)).content.decode()
    worker = world.workers["王小红"].pk
    assert f'<option value="{worker}" selected>' in page
    signed_in(world, "邓永福").post(address(world, found), typed_in(world, worker=str(worker)))
    with world.as_root():
        visit = Visit.objects.get()
    assert (visit.worker_id, visit.recorded_by) == (worker, world.users["邓永福"].pk)


def test_who_is_not_in_the_base_is_shown_apart(world, tonight):
    with world.as_root():
        child = world.people(HOME)[2]
        child.is_living_here = False
        child.save()
    page = signed_in(world, "王小红").get(address(world, world.campaign())).content.decode()
    assert "应见2人" in page
    assert "不在这次口径里" in page


def test_whom_no_round_asks_for_is_asked_nothing(world, tonight):
    """A starred question beside somebody who is not looked for is answered by a guess, or holds the worker up."""
    found = world.campaign(name="接种摸底", purpose="vaccination", form_key="vaccination_survey")
    with world.as_root():
        head, spouse, child = world.people(HOME)
        spouse.is_living_here = False
        spouse.save()
    client = signed_in(world, "王小红")
    page = client.get(address(world, found))
    assert f"a_{head.pk}_dose_count" in page.content.decode()
    assert f"a_{spouse.pk}_dose_count" not in page.content.decode()
    assert page.context["asked_count"] == 1  # the reason for no dose may turn out not to be asked
    answers = {f"a_{head.pk}_dose_count": "2", f"a_{child.pk}_dose_count": "3"}
    client.post(address(world, found), typed_in(world, **answers))
    page = client.get(address(world, found))
    assert page.context["asked_count"] == 0


def test_what_was_typed_of_somebody_nobody_asks_for_stays_when_a_cell_is_wrong(world, tonight):
    found = world.campaign(name="接种摸底", purpose="vaccination", form_key="vaccination_survey")
    with world.as_root():
        _head, spouse, _child = world.people(HOME)
        spouse.is_living_here = False
        spouse.save()
    sent = typed_in(world, at="2575", **{f"a_{spouse.pk}_dose_count": "2"})
    page = signed_in(world, "王小红").post(address(world, found), sent)
    assert page.status_code == 422
    assert f'name="a_{spouse.pk}_dose_count" value="2"' in page.content.decode()


@pytest.mark.parametrize("wrong", ["0", "not-an-id", "01890000-0000-7000-8000-000000000000"])
def test_what_was_to_be_put_right_and_is_gone_is_told_on_the_page_and_nothing_typed_is_lost(
    world, tonight, wrong
):
    found = world.campaign()
    client = signed_in(world, "王小红")
    answer = client.post(address(world, found), typed_in(world, replaces=wrong, note="老人耳背"))
    assert answer.status_code == 422
    assert answer.context["problem"].code == "intake.unknown_operation"
    assert answer.context["replaces"] == ""  # so that saving again files it
    assert 'value="老人耳背"' in answer.content.decode()
    assert client.get(f"{address(world, found)}&replaces={wrong}").status_code == 422
    with world.as_root():
        assert not Visit.objects.exists()


# ---------- exemptions ----------


def test_not_reached_needs_three_attempts_at_different_hours(world, tonight):
    found = world.campaign()
    client = signed_in(world, "王小红")
    where = f"/visits/households/{world.households[HOME].pk}/exemption"
    asked = {"round": found.pk, "reason": "not_reached", "note": "三次都没人"}
    for at in ("1200", "1205", "1210"):
        client.post(address(world, found), {"channel": "door", "outcome": "nobody_home", "at": at})
    assert client.post(where, asked).status_code == 409
    client.post(address(world, found), {"channel": "door", "outcome": "nobody_home", "at": "1940"})
    assert client.post(where, asked).status_code == 302
    with world.as_root():
        request = Exemption.objects.get()
        assert (request.reason, request.decision, request.note) == ("not_reached", "pending", "三次都没人")


def test_a_reason_without_a_word_is_refused(world, tonight):
    found = world.campaign()
    where = f"/visits/households/{world.households[HOME].pk}/exemption"
    response = signed_in(world, "王小红").post(where, {"round": found.pk, "reason": "vacant", "note": " "})
    assert response.status_code == 400


# ---------- hours as they are typed ----------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "08-07 21:05"),
        ("2040", "08-07 20:40"),
        ("905", "08-07 09:05"),
        ("9点半", "08-07 09:30"),
        ("昨天1940", "08-06 19:40"),
        ("昨晚 9点", "08-06 21:00"),
        ("8月6日19:40", "08-06 19:40"),
        ("2026-08-06 19:40", "08-06 19:40"),
    ],
)
def test_hours_are_read_as_they_are_said(text, said):
    assert clock.local(typed.typed_time(text, TONIGHT)).strftime("%m-%d %H:%M") == said


def test_after_midnight_half_past_eleven_was_last_night():
    midnight = TONIGHT + dt.timedelta(hours=3, minutes=15)
    assert clock.local(typed.typed_time("2330", midnight)).strftime("%m-%d %H:%M") == "08-07 23:30"


@pytest.mark.parametrize("text", ["半夜", "2575", "13月1日0900", "9999"])
def test_what_is_no_hour_is_refused(text):
    with pytest.raises(Problem) as refused:
        typed.typed_time(text, TONIGHT)
    assert refused.value.code == "visits.bad_time"


# ---------- ask once ----------


def test_one_door_is_answered_for_three_departments(world, tonight):
    """One page, each question once, with who wants it; and what that saved is said on the next page."""
    found = world.campaign(department="卫健局")
    for name in ("民政局", "公安局"):
        world.campaign(name=f"{name}排查", department=name)
    client = signed_in(world, "王小红")
    page = client.get(address(world, found)).content.decode()
    assert page.count('name="q_returned_count"') == 1
    for name in ("卫健局", "民政局", "公安局"):
        assert name in page
    after = client.post(address(world, found), typed_in(world, q_dwelling_state="owner"), follow=True)
    assert "一次上门，填了3张表，少问4个问题" in after.content.decode()
    again = client.get(address(world, found)).content.decode()
    for words in ("已知，不用再问", "填了3张表，少问4个问题", "19:40 王小红"):
        assert words in again


def test_what_the_page_counts_is_what_is_counted_from_the_tables(world, tonight):
    """The page adds up what it has read; lists and days are added up in the database."""
    first = world.campaign()
    world.campaign(form_key="vaccination_survey", purpose="vaccination", subject="person")
    client = signed_in(world, "王小红")
    with world.as_root():
        head, *_ = world.people(HOME)
    client.post(address(world, first), typed_in(world, **{f"a_{head.pk}_dose_count": "2"}))
    client.post(address(world, first), typed_in(world, at="2000", q_household_needs="none"))
    world.campaign(name="后开的")
    with world.as_root() as scope:
        visits = list(Visit.objects.values_list("pk", flat=True))
        door = get_door(scope, world.households[HOME].pk, TONIGHT)
        assert dict(door.saved) == saved_by(scope, visits)
        assert sorted((one.form_count, one.question_count) for one in door.saved.values()) == [(2, 2), (3, 1)]


def test_the_day_says_what_was_saved(world, tonight):
    found = world.campaign()
    world.campaign(name="再排查")
    signed_in(world, "王小红").post(address(world, found), typed_in(world))
    page = signed_in(world, "邓永福").get("/today/saved").content.decode()
    assert "2张" in page
    assert "1个问题" in page
    assert "h-saved" not in signed_in(world, "谭小英").get("/today/saved").content.decode()
