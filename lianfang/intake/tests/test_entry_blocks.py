"""A sheet that comes back to a village which is entered part by part, and what a correction need not say again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianfang.campaigns.models import Round, Visit
from lianfang.core import sealing
from lianfang.intake.models import EntryDraft
from lianfang.register.models import Household
from tests.world import TONIGHT, World

from .test_entry import HOME, NEXT, VILLAGE, Clerk, tonight

__all__ = ["tonight"]
OTHER = "杨梅村/2组/1"
HEAD = "户号,人号,门,姓名,见到情况,近14天有几人从外地回来"


def filled(world: World, *households: str, shift: int = 0) -> SimpleUploadedFile:
    """走访单 as our own page prints it, everybody at home. `shift`: numbers of somewhere else."""
    rows = [HEAD]
    with world.as_root():
        for name in households:
            door = world.households[name].pk + shift
            rows += [
                f"H{door},P{person.pk + shift},,{person.name},√,{'' if at else 0}"
                for at, person in enumerate(world.people(name))
            ]
    return SimpleUploadedFile("走访单.csv", "\n".join(rows).encode())


def give(client: Client, area: str, file: SimpleUploadedFile, *, where: str = "sheet") -> Any:
    return client.post(
        f"/entry/{where}",
        {"area": area, "sheet": file},
        HTTP_ACCEPT="application/json" if where == "sheet" else "",
    )


# ---------- who may not ----------


def test_who_may_not_record_gives_nothing_back(world, tonight):
    client = Client()
    client.force_login(world.users["申志文"])
    assert give(client, VILLAGE, filled(world, HOME), where="returned").status_code == 403


def test_a_sheet_of_the_neighbour_village_is_refused_and_nothing_is_kept(world, tonight):
    """Also to whom both would be told: the neighbour's clerk has the numbers of 杨梅村 on paper, and no right to them."""
    world.campaign()
    client = Client()
    client.force_login(world.users["谭小英"])
    answer = give(client, "430581107222G01", filled(world, HOME, NEXT))
    assert answer.status_code == 400
    assert "户号、人号都不在这里" in answer.json()["message"]
    page = client.post(
        "/entry/returned", {"area": "430581107222G01", "sheet": filled(world, HOME)}, follow=True
    )
    assert "户号、人号都不在这里" in page.content.decode()
    with world.as_root():
        assert not EntryDraft.objects.exists()


def test_a_row_of_elsewhere_is_never_offered_as_somebody_new(world, tonight):
    world.campaign()
    file = filled(world, HOME)
    rows = [*file.read().decode().split("\n"), "H99999999,P99999999,1组1号,钱多多,√,0"]
    answer = Clerk(world).send("paste", text="\n".join(rows).replace(",", "\t"))
    (row,) = answer["kept"]
    assert (row["name"], row["joins"], row["candidates"]) == ("钱多多", False, [])
    assert "不是这里的" in row["detail"]


# ---------- a village in parts ----------


def test_the_sheet_of_a_village_is_given_back_on_any_of_its_parts(world, tonight):
    world.campaign()
    clerk = Clerk(world, area=f"{VILLAGE}G01")
    clerk.page()
    answer = give(clerk.client, clerk.area, filled(world, HOME, OTHER)).json()
    assert {cell[0] for cell in answer["cells"]} == {world.households[HOME].pk, world.households[OTHER].pk}
    assert answer["kept"] == []
    assert [(part["text"], part["url"]) for part in answer["elsewhere"]] == [
        ("2组 1户", f"/entry?area={VILLAGE}G02")
    ]


def test_a_grid_worker_has_no_doors_of_another_part(world, tonight):
    world.campaign()
    clerk = Clerk(world, "王小红", f"{VILLAGE}G01")
    clerk.page()
    answer = give(clerk.client, clerk.area, filled(world, HOME, OTHER)).json()
    assert {cell[0] for cell in answer["cells"]} == {world.households[HOME].pk}
    assert {row["joins"] for row in answer["kept"]} == {False}
    assert answer["elsewhere"] == []


def test_where_the_part_is_chosen_it_says_what_each_owes_and_takes_the_whole_sheet(
    world, tonight, monkeypatch
):
    monkeypatch.setattr("lianfang.intake.entry_queries.MOST_DOORS", 5)
    world.campaign()
    clerk = Clerk(world)
    page = clerk.client.get("/entry", {"area": VILLAGE})
    with world.as_root():
        doors = Household.objects.filter(area_path__startswith=world.areas["杨梅村/1组"].path).count()
    assert [(part.area.name, part.owed_count, part.written_count) for part in page.context["parts"]][:2] == [
        ("1组", doors, 0),
        ("2组", 3, 0),
    ]
    told = clerk.client.post(
        "/entry/returned", {"area": VILLAGE, "sheet": filled(world, HOME, OTHER)}, follow=True
    )
    assert "1组 1户，2组 1户" in told.content.decode()
    assert [part.written_count for part in told.context["parts"]][:2] == [1, 1]
    draft = Clerk(world, area=f"{VILLAGE}G02").page()["draft"]
    cells = draft["doors"][str(world.households[OTHER].pk)]["cells"]
    assert cells[""] == {"q_returned_count": "0"}
    assert len(cells) == len(clerk.people(OTHER)) + 1
    with world.as_root():
        assert not Visit.objects.exists()  # somebody has to look first


def test_what_was_written_already_stays_under_a_sheet_that_comes_back(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.type(HOME, p0={"presence": "外出", "place": "东莞"}, door={"note": "有狗"})
    clerk.keep()
    clerk.client.post("/entry/returned", {"area": VILLAGE, "sheet": filled(world, HOME)})
    cells = Clerk(world).page()["draft"]["doors"][str(world.households[HOME].pk)]["cells"]
    assert cells[""] == {"note": "有狗", "q_returned_count": "0"}
    assert cells[clerk.people(HOME)[0]] == {"presence": "√", "place": "东莞"}  # red, until somebody decides


@pytest.mark.parametrize(
    ("content", "said"),
    [("hello", "看不出是哪些户"), (HEAD, "没有填好的行"), ("姓名,见到情况\n张三,见到", "看不出是哪些户")],
)
def test_a_file_that_says_nothing_of_anybody_is_refused_in_words(world, tonight, content, said):
    world.campaign()
    client = Clerk(world).client
    file = SimpleUploadedFile("x.csv", content.encode())
    page = client.post("/entry/returned", {"area": VILLAGE, "sheet": file}, follow=True)
    assert said in page.content.decode()
    with world.as_root():
        assert not EntryDraft.objects.exists()


# ---------- what remains ----------


def test_a_door_that_was_saved_and_still_owes_says_what(world, tonight):
    world.campaign()
    world.campaign(name="接种摸底", purpose="vaccination", form_key="vaccination_survey")
    clerk = Clerk(world)
    page = clerk.page()
    door = next(door for door in page["doors"] if door["id"] == world.households[HOME].pk)
    clerk.at_home(HOME, q_returned_count="0")
    answer = clerk.save(HOME)
    (lacks,) = answer["lacks"]
    assert lacks[0] == door["where"]
    assert "疫苗接种几剂" in lacks[1]
    assert "见到情况" not in lacks[1]


def test_a_visit_of_before_a_round_began_says_why_it_counts_nobody(world, tonight):
    world.campaign()
    with world.as_root():
        late = world.campaign(
            name="接种摸底",
            purpose="vaccination",
            form_key="vaccination_survey",
            asks_anew=True,
            asks_anew_reason="补种",
        )
        Round.objects.filter(pk=late.pk).update(opens_at=TONIGHT - dt.timedelta(minutes=20))
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0", at="2000")
    (lacks,) = clerk.save(HOME)["lacks"]
    assert lacks[1].endswith("“接种摸底”今天20:45才开始，那之前见到的不算")
    told = next(d["told"] for d in clerk.page()["doors"] if d["id"] == world.households[HOME].pk)
    assert "“接种摸底”今天20:45才开始" in told
    clerk.draft["doors"] = {}
    clerk.at_home(HOME, at="2100")
    assert "才开始" not in clerk.save(HOME)["lacks"][0][1]


def test_who_was_met_in_this_round_is_not_marked_as_owed(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    people = clerk.people(HOME)
    clerk.type(HOME, p0={"presence": "见到"}, door={"q_returned_count": "0"})
    key = str(world.households[HOME].pk)
    assert [people[1], "presence"] in clerk.keep()["doors"][key]["lacking"]
    clerk.save(HOME)
    clerk.draft["doors"] = {}
    clerk.page()
    clerk.type(HOME, p1={"presence": "见到"})
    lacking = clerk.keep()["doors"][key]["lacking"]
    assert [people[0], "presence"] not in lacking
    assert [people[2], "presence"] in lacking


# ---------- corrections ----------


@pytest.fixture
def saved(world, tonight) -> Clerk:
    """One visit, everybody seen, on the sheet as something to be corrected."""
    world.campaign(form_version=2)
    clerk = Clerk(world)
    clerk.page()
    clerk.at_home(HOME, q_returned_count="0")
    clerk.save(HOME)
    clerk.draft["doors"] = {}
    return clerk


def correct(clerk: Clerk, **cells: dict[str, str]) -> dict[str, Any]:
    key = clerk.world.households[HOME].pk
    door = next(door for door in clerk.page(show="all")["doors"] if door["id"] == key)
    clerk.type(HOME, **cells)
    clerk.draft["doors"][str(key)]["corrects"] = door["visit"]
    assert clerk.keep()["doors"][str(key)]["faults"] == []
    return clerk.save(HOME)["saved"][0]


def test_a_correction_of_an_answer_asks_nobody_whether_they_were_met(world, saved):
    assert correct(saved, door={"q_returned_count": "4"})["status"] == "filed"
    with world.as_root():
        visit = Visit.objects.get(supersedes__isnull=False)
        assert visit.answers["returned_count"] == 4
        assert [line.presence for line in visit.lines.all()] == ["seen", "seen", "seen"]


def test_a_correction_of_one_persons_answer_takes_them_as_they_were_met(world, saved):
    assert correct(saved, p1={"q_had_contact": "否"})["status"] == "filed"
    with world.as_root():
        visit = Visit.objects.get(supersedes__isnull=False)
        assert [line.presence for line in visit.lines.all()] == ["seen", "seen", "seen"]
        assert visit.answers == {"returned_count": 0}
        sealed = sealing.unseal_json(visit.sealed_answers, purpose="visit.answers")
        assert sealed == {saved.people(HOME)[1]: {"had_contact": False}}


def test_whoever_was_not_met_answers_nothing_by_a_correction(world, saved):
    correct(saved, p1={"presence": "外出", "place": "东莞"})
    saved.draft["doors"] = {}
    told = correct(saved, p1={"q_had_contact": "否"})
    assert (told["status"], told["faults"][0][:2]) == ("faults", [saved.people(HOME)[1], "presence"])


def test_a_note_is_put_right_where_nobody_was_at_home(world, tonight):
    world.campaign()
    clerk = Clerk(world)
    clerk.page()
    clerk.type(HOME, p0={"presence": "无人应门"})
    clerk.save(HOME)
    clerk.draft["doors"] = {}
    assert correct(clerk, door={"note": "隔壁说回娘家了"})["status"] == "filed"
    with world.as_root():
        visit = Visit.objects.get(supersedes__isnull=False)
        assert (visit.outcome, visit.note) == ("nobody_home", "隔壁说回娘家了")
    clerk.draft["doors"] = {}
    told = correct(clerk, door={"q_returned_count": "2"})
    assert (told["status"], told["faults"][0][:2]) == ("faults", ["", "presence"])
