"""Who answers for what, through operations, queries and pages. Who may not comes first."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.workforce.models import Assignment, Worker
from lianfang.workforce.operations import (
    WorkerDetails,
    add_worker,
    assign_area,
    assign_grids_in_bulk,
    end_assignment,
    hand_over,
)
from lianfang.workforce.queries import chain, grid_duty, who_answers, worker_of
from tests.world import TONIGHT

PAGES = ["/people", "/people?area=430581107221", "/people/workers", "/people/workers?q=王"]


@pytest.fixture(autouse=True)
def tonight():
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def browser(world):
    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(world.users[name])
        return client

    return sign_in


def as_(world, name: str) -> dict:
    return {"scope": world.scope(name), "by": world.users[name].pk}


def test_nobody_names_people_in_the_neighbour_village(world):
    theirs, details = world.areas["田心村/1组"], WorkerDetails("新来的")
    for call in (
        lambda: add_worker(details=details, area=theirs, **as_(world, "邓永福")),
        lambda: assign_area(area=theirs, worker_id=world.workers["王小红"].pk, **as_(world, "邓永福")),
        lambda: assign_grids_in_bulk(pairs=[(theirs.pk, world.workers["王小红"].pk)], **as_(world, "邓永福")),
    ):
        with pytest.raises(Problem) as refused:
            call()
        assert refused.value.code == "scope.outside"
    one = Assignment.objects.get(area=theirs)
    with pytest.raises(Problem) as refused:
        end_assignment(assignment_id=one.pk, reason="", **as_(world, "邓永福"))
    assert refused.value.code == "workforce.unknown_assignment"


@pytest.mark.parametrize("page", ["/people/workers/new", "/people/duties/new", "/people/duties/1/end"])
@pytest.mark.parametrize("name", ["王小红", "瞿敏", "申志文"])
def test_who_may_not_change_people(browser, page, name):
    assert browser(name).post(page).status_code == 403


def test_the_auditor_rings_nobody(browser, world):
    assert browser("申志文").get(f"/people/workers/{world.workers['王小红'].pk}/dial").status_code == 403


def test_nobody_without_a_name(world):
    with pytest.raises(Problem) as refused:
        add_worker(details=WorkerDetails("  "), area=world.areas["杨梅村"], **as_(world, "邓永福"))
    assert refused.value.code == "workforce.name_required"


def test_the_nearest_answers_and_one_statement_serves_many(world):
    paths = {name: world.areas[name].path for name in ("杨梅村/1组", "杨梅村", "田心村/2组", "泉塘村/1组")}
    with CaptureQueriesContext(connection) as asked:
        found = who_answers(paths.values())
    assert len(asked) == 1
    assert {name: found[path].name for name, path in paths.items()} == {
        "杨梅村/1组": "王小红",
        "杨梅村": "邓永福",
        "田心村/2组": "戴春燕",
        "泉塘村/1组": "刘志远",
    }


def test_the_second_stands_in_only_where_there_is_no_first(world):
    grid = world.areas["杨梅村/1组"]
    assign_area(area=grid, worker_id=world.workers["曾祥林"].pk, part="b", **as_(world, "邓永福"))
    assert who_answers([grid.path])[grid.path].name == "王小红"
    first = Assignment.objects.get(area=grid, part="a")
    end_assignment(assignment_id=first.pk, reason="隔离", **as_(world, "邓永福"))
    assert who_answers([grid.path])[grid.path].name == "曾祥林"


def test_the_chain_goes_from_the_door_up_to_the_county(world):
    assert [one.name for one in chain(world.areas["杨梅村/1组"])] == ["王小红", "邓永福", "戴春燕", "刘志远"]


def test_a_village_lead_does_not_count_as_the_grids_own(world):
    lacking = grid_duty(world.areas["司马冲镇"].path).without_worker
    assert lacking == [world.areas["田心村/2组"].path]


def test_asking_for_what_is_so_changes_nothing(world):
    before = Assignment.objects.count()
    grid = world.areas["杨梅村/1组"]
    pairs = [(grid.pk, world.workers["王小红"].pk)]
    assert assign_grids_in_bulk(pairs=pairs, **as_(world, "邓永福")) == 0
    assign_area(area=grid, worker_id=world.workers["王小红"].pk, **as_(world, "邓永福"))
    assert Assignment.objects.count() == before


def test_many_grids_change_hands_in_two_writes(world):
    grids = [world.areas[name] for name in ("杨梅村/1组", "杨梅村/2组")]
    pairs = [(grid.pk, world.workers["邓永福"].pk) for grid in grids]
    with CaptureQueriesContext(connection) as asked:
        assert assign_grids_in_bulk(pairs=pairs, reason="下沉结束", **as_(world, "邓永福")) == 2
    writes = [
        one["sql"] for one in asked if "workforce_assignment" in one["sql"] and "SELECT" not in one["sql"][:6]
    ]
    assert len(writes) == 2
    ended = Assignment.objects.filter(area__in=grids, ends_at__isnull=False)
    assert set(ended.values_list("ended_reason", flat=True)) == {"下沉结束"}


def test_all_that_one_answers_for_passes_to_another(world):
    areas = hand_over(
        from_worker_id=world.workers["王小红"].pk,
        to_worker_id=world.workers["曾祥林"].pk,
        reason="病假",
        **as_(world, "邓永福"),
    )
    assert [area.name for area in areas] == ["1组"]
    assert not Assignment.objects.filter(worker=world.workers["王小红"], ends_at__isnull=True).exists()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["周敏", "王小红"])
def test_pages_open_in_few_queries_and_show_no_number(browser, world, page, name):
    Worker.objects.update(phone=None)
    for worker in Worker.objects.all():
        worker.phone = "13900001234"
        worker.save()
    client = browser(name)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page)
    if name == "王小红" and "area=" in page:
        assert answer.status_code == 403  # the village is more than her grid
        return
    read = [
        one for one in asked if re.match(r"(?i)\\s*(select|insert|update)\\b(?!.*set_config)", one["sql"])
    ]
    assert answer.status_code == 200
    assert len(read) <= 12
    assert "13900001234" not in answer.content.decode()


def test_a_number_is_shown_once_it_has_been_written_down_who_asked(browser, world):
    worker = world.workers["邓永福"]
    worker.phone = "13900001234"
    worker.save()
    page = browser("王小红").get(f"/people/workers/{worker.pk}/dial?reason=叫应").content.decode()
    assert "13900001234" in page
    row = AuditRow.objects.get(action="worker.dial")
    assert (row.actor_id, row.object_id, row.reason) == (world.users["王小红"].pk, str(worker.pk), "叫应")


def test_a_worker_is_added_and_named_for_a_grid(browser, world):
    client = browser("邓永福")
    client.post(
        "/people/workers/new",
        {"name": "钟立新", "title": "网格员", "phone": "13900005678", "unit": "镇卫生院"},
    )
    worker = Worker.objects.get(name="钟立新")
    assert (worker.phone, worker.area, worker.unit.name) == ("13900005678", world.areas["杨梅村"], "镇卫生院")
    grid = world.areas["杨梅村/1组"]
    client.post("/people/duties/new", {"for": grid.code, "worker": worker.pk, "part": "a", "reason": "换班"})
    assert who_answers([grid.path])[grid.path].name == "钟立新"
    held = Assignment.objects.get(area=grid, ends_at__isnull=True)
    client.post(f"/people/duties/{held.pk}/end", {"reason": "下沉结束"})
    assert who_answers([grid.path])[grid.path].name == "邓永福"


def test_the_list_comes_as_a_file_without_phones(browser, world):
    answer = browser("邓永福").get("/people/workers.xlsx")
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"


def test_a_login_knows_its_worker(world):
    assert worker_of(world.users["王小红"].pk) == world.workers["王小红"]
