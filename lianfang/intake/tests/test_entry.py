"""The clerk's sheet over HTTP: who may, the draft, pasting, saving, the second round."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianfang.campaigns.models import Fact, Round, Target, Visit
from lianfang.campaigns.operations.rounds import freeze_round
from lianfang.core import clock, sealing
from lianfang.core.models import AuditRow
from lianfang.intake.entry_operations import purge_drafts
from lianfang.intake.models import EntryDraft, Operation
from lianfang.register.models import Household
from tests.world import TONIGHT, World

VILLAGE = "430581107221"
HOME, NEXT = "杨梅村/1组/1", "杨梅村/1组/2"


@pytest.fixture
def tonight(world: World) -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


class Clerk:
    """Somebody at the sheet of a village."""

    def __init__(self, world: World, name: str = "邓永福", area: str = VILLAGE) -> None:
        self.world, self.area, self.client = world, area, Client()
        self.client.force_login(world.users[name])
        self.draft: dict[str, Any] = {"at": "", "worker": "", "channel": "door", "doors": {}, "kept": []}
        self.version = 0

    def page(self, **query: str) -> dict[str, Any]:
        response = self.client.get("/entry", {"area": self.area, **query})
        assert response.status_code == 200, response.content.decode()[:400]
        found: dict[str, Any] = response.context["sheet"]
        self.version = found["version"]
        return found

    def people(self, household: str) -> list[str]:
        with self.world.as_root():
            return [str(person.pk) for person in self.world.people(household)]

    def type(self, household: str, **cells: dict[str, str]) -> None:
        """`p0`, `p1`: the first, second member; `door`; `n1`: somebody new."""
        people = self.people(household)
        door = self.draft["doors"].setdefault(
            str(self.world.households[household].pk), {"op": str(uuid4()), "cells": {}, "same": {}}
        )
        for who, texts in cells.items():
            key = "" if who == "door" else people[int(who[1:])] if who[0] == "p" else who
            door["cells"].setdefault(key, {}).update(texts)

    def at_home(self, household: str, **door: str) -> None:
        self.type(household, door=door, **{f"p{at}": {"presence": "见到"} for at in range(3)})

    def send(self, what: str, status: int = 200, **more: Any) -> dict[str, Any]:
        body = {"area": self.area, "version": self.version, "draft": self.draft, **more}
        response = self.client.post(
            f"/entry/{what}",
            json.dumps(body),
            content_type="application/json",
            HTTP_ACCEPT="application/json",
        )
        assert response.status_code == status, response.content.decode()[:400]
        found: dict[str, Any] = response.json()
        self.version = found.get("version", self.version)
        return found

    def keep(self) -> dict[str, Any]:
        return self.send("draft")

    def save(self, *households: str) -> dict[str, Any]:
        return self.send("file", doors=[self.world.households[each].pk for each in households])


# ---------- who may not ----------


@pytest.mark.parametrize("name", ["瞿敏", "申志文"])
def test_who_may_not_record_has_no_sheet(world, tonight, name):
    client = Client()
    client.force_login(world.users[name])
    assert client.get("/entry", {"area": VILLAGE}).status_code == 403
    assert client.post("/entry/file", "{}", content_type="application/json").status_code == 403


def test_the_neighbour_village_is_no_sheet_of_mine(world, tonight):
    world.campaign()
    clerk = Clerk(world, "谭小英", "430581107222G01")
    page = clerk.page()
    assert len(page["doors"]) == 3
    other = clerk.client.get("/entry", {"area": VILLAGE})
    assert other.status_code == 403
    clerk.at_home(HOME)
    assert clerk.save(HOME)["saved"] == []  # not on this sheet: nothing is filed, nothing is said of it
    with world.as_root():
        assert not Visit.objects.exists()


def test_a_grid_worker_enters_no_others_visit(world, tonight):
    world.campaign()
    clerk = Clerk(world, "王小红", "430581107221G01")
    clerk.page()
    clerk.draft["worker"] = str(world.workers["曾祥林"].pk)
    clerk.at_home(HOME, q_returned_count="0")
    (saved,) = clerk.save(HOME)["saved"]
    with world.as_root():
        assert (saved["status"], Operation.objects.count()) == ("held", 1)
    assert "替别人补录" in saved["told"]


def test_a_draft_is_the_clerks_own(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME)
    clerk.keep()
    assert Clerk(world, "戴春燕").page()["draft"] == {}
    assert Clerk(world).page()["draft"]["doors"]


# ---------- the sheet ----------


def test_the_sheet_walks_door_by_door_and_asks_each_question_once(world, tonight):
    world.campaign()
    world.campaign(name="接种摸底", purpose="vaccination", form_key="vaccination_survey")
    page = Clerk(world).page()
    assert [door["where"] for door in page["doors"]] == [
        f"{group}{n}号" for group in ("1组", "2组") for n in (1, 2, 3)
    ]
    keys = [column["key"] for column in page["columns"] if column["key"].startswith("q_")]
    assert keys == [
        "q_returned_count", "q_dwelling_state", "q_household_needs", "q_dose_count", "q_not_vaccinated_reason",
    ]  # fmt: skip
    first = page["doors"][0]
    assert first["asked"][""] == ["q_returned_count", "q_dwelling_state", "q_household_needs"]
    assert first["asked"][first["rows"][0]["who"]] == ["q_dose_count", "q_not_vaccinated_reason"]
    assert AuditRow.objects.filter(action="look", object_kind="entry").exists()


def test_the_page_reads_in_a_dozen_statements_whatever_the_number_of_doors(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0")
    clerk.keep()
    clerk.save(HOME)
    counts = []
    for area in (VILLAGE, f"{VILLAGE}G01"):
        with CaptureQueriesContext(connection) as asked:
            assert clerk.client.get("/entry", {"area": area, "show": "all"}).status_code == 200
        said = [query["sql"] for query in asked.captured_queries]
        said = [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE", "select set_config"))]
        counts.append(len(said))
        assert len(said) <= 12, "\n".join(sql[:140] for sql in said)
    assert len(set(counts)) == 1


def test_above_a_village_one_is_chosen(world, tonight):
    client = Client()
    client.force_login(world.users["戴春燕"])
    assert f"/entry?area={VILLAGE}" in client.get("/entry").content.decode()


# ---------- the draft ----------


def test_what_is_half_done_is_sealed_and_comes_back(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.type(HOME, p0={"presence": "外出"}, door={"note": "狗很凶"})
    answer = clerk.keep()
    (fault,) = answer["doors"][str(world.households[HOME].pk)]["faults"]
    assert fault[1] == "place"
    assert Clerk(world).page()["draft"] == clerk.draft
    with world.as_root():
        assert "狗".encode() not in bytes(EntryDraft.objects.get().content)


def test_an_older_page_writes_over_nothing_unseen(world, tonight):
    world.campaign()
    clerk, other = Clerk(world), Clerk(world)
    clerk.page(), other.page()
    clerk.type(HOME, p0={"presence": "1"})
    clerk.keep()
    other.type(NEXT, p0={"presence": "1"})
    assert other.send("draft", 409)["code"] == "intake.draft_elsewhere"
    other.send("draft", force=True)
    assert list(Clerk(world).page()["draft"]["doors"]) == [str(world.households[NEXT].pk)]


def test_a_sheet_that_was_cleared_can_be_brought_back(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.type(HOME, p0={"presence": "1"})
    clerk.keep()
    clerk.client.post("/entry/discard", {"area": VILLAGE})
    again = Clerk(world)
    assert again.page()["draft"] == {}
    again.type(NEXT, p0={"presence": "1"})
    again.keep()
    clerk.client.post("/entry/restore", {"area": VILLAGE})
    assert len(Clerk(world).page()["draft"]["doors"]) == 2
    assert AuditRow.objects.filter(action__in=["entry.discard", "entry.restore"]).count() == 2


def test_a_sheet_on_which_nobody_writes_for_a_month_is_gone_with_its_names(world, tonight):
    world.campaign()
    clerk, other = Clerk(world), Clerk(world, "谭小英", "430581107222G01")
    for one in (clerk, other):
        one.page()
        one.keep()
    with world.as_root():
        EntryDraft.objects.filter(user_id=world.users["邓永福"].pk).update(
            saved_at=TONIGHT - dt.timedelta(days=31)
        )
    assert purge_drafts() == 1
    with world.as_root():
        assert [draft.user_id for draft in EntryDraft.objects.all()] == [world.users["谭小英"].pk]
    assert AuditRow.objects.filter(action="entry.purge").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"doors": [1]}, {"doors": {"x": {}}}, {"doors": {"1": {"op": "no"}}}, {"doors": {"1": {"op": "", "cells": {"1": {"a": 3}}}}}, {"kept": "x"}]
)  # fmt: skip
def test_what_is_no_draft_is_refused_and_not_kept(world, tonight, wrong):
    world.campaign()
    clerk = Clerk(world)
    clerk.draft |= wrong
    clerk.send("draft", 400)
    with world.as_root():
        assert not EntryDraft.objects.exists()


# ---------- pasting ----------


def test_a_block_finds_its_rows(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    page = clerk.page()
    names = {row["name"]: (door["id"], row["who"]) for door in page["doors"] for row in door["rows"]}
    text = "姓名\t见到情况\t门\n" + "\n".join(f"{name}\t见到\t" for name in names) + "\n张三\t见到\t1组1号"
    answer = clerk.send("paste", text=text)
    assert {(cell[0], cell[1]) for cell in answer["cells"]} == set(names.values())
    (row,) = answer["kept"]
    assert (row["name"], row["candidates"]) == ("张三", [[world.households[HOME].pk, ""]])


def test_a_digit_of_somebody_elses_table_is_no_key_of_ours(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.type(HOME, p0={"presence": "2"}, door={"q_dwelling_state": "2"})
    faults = clerk.keep()["doors"][str(world.households[HOME].pk)]["faults"]
    assert {(fault[1]) for fault in faults} == {"presence", "q_dwelling_state"}


def test_a_village_too_long_for_one_sheet_is_entered_part_by_part(world, tonight, monkeypatch):
    world.campaign()
    monkeypatch.setattr("lianfang.intake.entry_queries.MOST_DOORS", 5)
    client = Clerk(world).client
    page = client.get("/entry", {"area": VILLAGE}).content.decode()
    assert f"/entry?area={VILLAGE}G01" in page
    assert len(Clerk(world, area=f"{VILLAGE}G01").page()["doors"]) == 3


# ---------- saving ----------


def test_a_good_door_is_filed_a_red_one_stays(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.draft |= {"at": "1940", "worker": str(world.workers["王小红"].pk)}
    clerk.at_home(HOME, q_returned_count="两个", note="有狗")
    clerk.at_home(NEXT, q_returned_count="很多")
    answer = clerk.save(HOME, NEXT)
    assert {each["door"]: each["status"] for each in answer["saved"]} == {
        world.households[HOME].pk: "filed",
        world.households[NEXT].pk: "faults",
    }
    with world.as_root():
        visit = Visit.objects.get()
        assert (visit.household_id, visit.answers, visit.note) == (
            world.households[HOME].pk, {"returned_count": 2}, "有狗",
        )  # fmt: skip
        assert visit.happened_at == clock.at(dt.date(2026, 8, 7), 19, 40)
        assert (visit.worker_id, visit.recorded_by) == (world.workers["王小红"].pk, world.users["邓永福"].pk)
        assert Target.objects.get(household_id=visit.household_id).state == "done"
    assert list(Clerk(world).page()["draft"]["doors"]) == [str(world.households[NEXT].pk)]


def test_saving_twice_files_once(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0")
    first, second = clerk.save(HOME), clerk.save(HOME)
    assert [each["saved"][0]["status"] for each in (first, second)] == ["filed", "filed"]
    with world.as_root():
        assert Visit.objects.count() == 1


def test_a_door_that_is_held_is_put_right_on_the_same_sheet(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0")
    clerk.draft["channel"] = "pigeon"
    (saved,) = clerk.save(HOME)["saved"]
    assert saved["status"] == "held"
    assert saved["told"]
    clerk.draft["channel"] = "door"
    clerk.draft["doors"][str(world.households[HOME].pk)] |= {"held": saved["op"], "op": str(uuid4())}
    (saved,) = clerk.save(HOME)["saved"]
    assert saved["status"] == "filed"
    with world.as_root():
        assert Visit.objects.count() == 1
        assert not Operation.objects.filter(status="held").exists()


def test_a_visit_is_corrected_only_when_asked(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0")
    clerk.save(HOME)
    door = next(door for door in clerk.page(show="all")["doors"] if door["id"] == world.households[HOME].pk)
    assert door["known"][""] == {"q_returned_count": "0"}
    clerk.draft["doors"] = {}
    clerk.at_home(HOME, q_returned_count="1")
    clerk.save(HOME)
    with world.as_root():
        assert [visit.supersedes for visit in Visit.objects.all()] == [None, None]
    clerk.draft["doors"] = {}
    clerk.at_home(HOME, q_returned_count="3")
    clerk.draft["doors"][str(world.households[HOME].pk)]["corrects"] = door["visit"]
    clerk.save(HOME)
    with world.as_root():
        assert Visit.objects.filter(supersedes=door["visit"]).count() == 1


def test_a_correction_on_the_sheet_changes_what_is_written_and_nothing_else(world, tonight):
    world.campaign(form_version=2)
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0", q_dwelling_state="自住", note="老人耳背", at="1905")
    clerk.type(HOME, p1={"presence": "外出", "place": "东莞"}, p2={"presence": "见到", "q_had_contact": "是"})
    clerk.save(HOME)
    door = next(door for door in clerk.page(show="all")["doors"] if door["id"] == world.households[HOME].pk)
    with world.as_root():
        before = {line.person_id: line.presence for line in Visit.objects.get().lines.all()}
    assert sorted(before.values()) == ["away", "seen", "seen"]
    clerk.draft["doors"] = {}
    clerk.type(HOME, door={"q_returned_count": "3"}, p0={"presence": "见到"})
    clerk.draft["doors"][str(world.households[HOME].pk)]["corrects"] = door["visit"]
    assert clerk.save(HOME)["saved"][0]["status"] == "filed"
    with world.as_root():
        visit = Visit.objects.get(supersedes=door["visit"])
        assert visit.answers == {"returned_count": 3, "dwelling_state": "owner"}
        assert {line.person_id: line.presence for line in visit.lines.all()} == before
        assert visit.note == "老人耳背"
        assert clock.local(visit.happened_at).hour == 19
        sealed = sealing.unseal_json(visit.sealed_answers, purpose="visit.answers")
        assert sealed == {clerk.people(HOME)[2]: {"had_contact": True}}


def test_the_sheet_knows_what_a_condition_asks_after(world, tonight):
    """It was said in an earlier visit of the round, and is asked no more; what follows from it is owed still."""
    world.campaign(form_key="returnee_check", purpose="returnee_watch")
    clerk = Clerk(world)
    clerk.page()
    clerk.type(HOME, p0={"presence": "见到", "q_has_returned": "是", "q_had_contact": "是"})
    clerk.save(HOME)
    clerk.draft["doors"] = {}
    clerk.type(HOME, p0={"presence": "见到"})
    person = clerk.people(HOME)[0]
    lacking = clerk.keep()["doors"][str(world.households[HOME].pk)]["lacking"]
    assert [person, "q_origin_province"] in lacking
    assert [person, "q_contact_on"] in lacking  # it depends on a sensitive answer, which the page never shows


def test_somebody_new_is_entered_with_their_line(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0")
    clerk.type(HOME, n1={"name": "舒桂英", "relation": "母亲", "presence": "代答"})
    clerk.save(HOME)
    with world.as_root():
        assert (
            Household.objects.get(pk=world.households[HOME].pk)
            .people.filter(name="舒桂英", relation="parent")
            .exists()
        )


def test_a_door_without_anybody_needs_no_lines(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.type(HOME, p0={"presence": "没人"})
    clerk.save(HOME)
    with world.as_root():
        assert (Visit.objects.get().outcome, Target.objects.get(household_id=world.households[HOME].pk).state) == (
            "nobody_home", "not_met",
        )  # fmt: skip


# ---------- the second round ----------


def test_the_second_round_takes_over_what_was_said_and_says_so(world, tonight):
    first = world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.type(
        HOME,
        p0={"presence": "1"},
        p1={"presence": "外出", "place": "东莞", "back": "0820"},
        p2={"presence": "代答"},
    )
    clerk.type(HOME, door={"q_returned_count": "0", "q_dwelling_state": "自住"})
    clerk.save(HOME)
    clerk.draft["doors"] = {}
    with world.as_root():
        opens_at = TONIGHT + dt.timedelta(hours=1)
        second = Round.objects.create(
            campaign=first.campaign, number=2, opens_at=opens_at, due_at=opens_at + dt.timedelta(hours=12)
        )
        Round.objects.filter(pk=first.pk).update(closed_at=opens_at)
        with clock.frozen(opens_at):
            freeze_round(round_id=second.pk, by=world.users["周敏"].pk)
    with clock.frozen(TONIGHT + dt.timedelta(hours=2)):
        clerk = Clerk(world)
        door = clerk.page()["doors"][0]
        people = clerk.people(HOME)
        assert door["last"][people[1]] == {"presence": "外出", "place": "东莞", "back": "2026-08-20"}
        assert door["last"][""] == {"q_returned_count": "0", "q_dwelling_state": "自住"}
        # What must be answered is asked again; that they own the house was said today and need not be.
        assert door["asked"][""] == ["q_returned_count", "q_household_needs"]
        assert door["known"] == {"": {"q_dwelling_state": "自住"}}
        clerk.draft["doors"][str(door["id"])] = {
            "op": str(uuid4()),
            "cells": door["last"],
            "same": {who: list(texts) for who, texts in door["last"].items()},
        }
        (saved,) = clerk.save(HOME)["saved"]
        assert saved["status"] == "filed"
        with world.as_root():
            visit = Visit.objects.order_by("-happened_at")[0]
            assert visit.as_before == sorted(
                ["0.dwelling_state", "0.returned_count", *(f"{who}.presence" for who in people), f"{people[1]}.place", f"{people[1]}.back"]
            )  # fmt: skip
            assert Target.objects.get(round=second, household_id=door["id"]).state == "done"
            fact = Fact.objects.get(household_id=door["id"], question="returned_count")
            assert (fact.value, fact.visit_id) == (0, visit.pk)
        page = clerk.client.get(f"/visits/households/{door['id']}?round={second.pk}").content.decode()
        assert "同上轮" in page


@pytest.mark.parametrize("who", ["door", "é", "9" * 30, "n99", "١٢"])
def test_a_row_of_nobody_is_refused_and_no_failure(world: World, tonight: None, who: str) -> None:
    clerk = Clerk(world)
    door = {"op": str(uuid4()), "cells": {who: {"place": "长沙"}}, "same": {}}
    draft = {**clerk.draft, "doors": {str(world.households[HOME].pk): door}}
    body = {"area": VILLAGE, "version": 0, "draft": draft}
    assert clerk.client.post("/entry/draft", body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("household", [10**30, 1e400])
def test_a_cursor_at_no_door_of_the_sheet_is_refused(world: World, tonight: None, household: float) -> None:
    body = {"area": VILLAGE, "text": "见到", "cursor": {"rows": [[household, "1"]], "columns": ["presence"]}}
    answer = Clerk(world).client.post("/entry/paste", json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
