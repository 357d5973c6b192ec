"""A list that the worker process sorts: pages see how far it is, and a worker that is killed loses nothing."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from lianfang.campaigns.models import Emergency
from lianfang.core import clock
from lianfang.core import jobs as core_jobs
from lianfang.core.scope import scoped
from lianfang.verification import jobs
from lianfang.verification.models import ListFile, PushedList, PushedRow
from lianfang.verification.operations import taking, understanding
from tests import world as cast
from tests.world import TONIGHT, World

ROWS = 12_000  # more than two parts


@pytest.fixture(name="world")
def a_county(committed_db: object, monkeypatch: pytest.MonkeyPatch) -> World:
    """Committed, for a process of its own, which has today's clock; every list is a large one."""
    monkeypatch.setattr(jobs, "AT_ONCE_BYTES", 0)
    world = cast.build()
    with world.as_root():
        opened_at = clock.now() - dt.timedelta(days=1)
        Emergency.objects.filter(pk=world.emergency.pk).update(
            opened_at=opened_at, ends_at=opened_at + dt.timedelta(days=10)
        )
    return world


@pytest.fixture
def asked(world: World) -> PushedList:
    """Taken in, read, and to be sorted by the worker."""
    rows = [f"欧阳明{n % 7},1390{n:07},武冈市司马冲镇杨梅村{n}号" for n in range(ROWS)]
    with scoped(world.scope("周敏")) as scope:
        by = world.users["周敏"].pk
        found = taking.take_in(
            content="\n".join(("姓名,手机号,住址", *rows)).encode(),
            name="名单.csv",
            sent=taking.Sent(title="同车人员", number="1123-1", sender="省专班"),
            emergency_id=world.emergency.pk,
            county=world.areas["武冈市"],
            scope=scope,
            by=by,
        )
        understanding.understand(list_id=found.pk, scope=scope)
        jobs.ask_sort(list_id=found.pk, byte_count=1, scope=scope, by=by)
    return found


def page_of(world: World, found: PushedList) -> str:
    client = Client()
    client.force_login(world.users["周敏"])
    with clock.frozen(TONIGHT):
        return client.get(f"/lists/{found.pk}").content.decode()


def run_queued() -> None:
    """As the worker runs what is queued."""
    job = ProcrastinateJob.objects.get(task_name=jobs.SORT, status="todo")
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing' where id = %s", [job.pk])
    jobs.sort(**job.args)
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'succeeded' where id = %s", [job.pk])


def stored(world: World, found: PushedList) -> tuple[str, int, int]:
    with world.as_root():
        rows_done = ListFile.objects.get(list=found).rows_done
        count = PushedRow.objects.filter(list=found).count()
        return PushedList.objects.get(pk=found.pk).state, rows_done, count


def test_kill_9_in_the_middle_of_sorting_loses_nothing_and_the_page_saw_how_far_it_was(
    world: World,
    asked: PushedList,
    app_dsn: str,
    superuser_dsn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    page = page_of(world, asked)
    assert "正在分拣" in page
    assert 'value="sort"' not in page  # asked for once
    worker = subprocess.Popen(
        [sys.executable, "-m", "django", "procrastinate", "worker", "--no-listen-notify"],
        env={
            **os.environ,
            "LIANFANG_APP_URL": app_dsn,
            "DJANGO_SETTINGS_MODULE": "lianfang.config.settings",
            "TMPDIR": str(tmp_path),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until(lambda: stored(world, asked)[1] > 0)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    state, done, count = stored(world, asked)
    assert (state, count) == ("received", 0)  # it commits once, at its end
    assert 0 < done < ROWS
    page = page_of(world, asked)
    assert f"{done:,} / {ROWS:,}" in page
    # Nobody has heard of the worker for a minute.
    with psycopg.connect(superuser_dsn, autocommit=True) as superuser:
        superuser.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert list(tmp_path.glob("*/list.csv"))
    assert core_jobs.retry_stalled(0) == 1
    assert not list(tmp_path.iterdir())  # nor lie names about
    run_queued()
    assert stored(world, asked)[0] == "sorted"
    assert stored(world, asked)[2] == ROWS
    assert "正在分拣" not in page_of(world, asked)


def test_a_job_that_was_asked_for_again_after_its_worker_died_holds_up_no_other(
    world: World, asked: PushedList, superuser_dsn: str
):
    """As rooms do that queue one job of a kind."""
    ask = jobs.sort.configure(lock="one", queueing_lock="one")
    first = ask.defer(list_id=asked.pk, by=1)
    with psycopg.connect(superuser_dsn, autocommit=True) as superuser:
        superuser.execute("delete from procrastinate_jobs where id < %s", [first])
        worker = superuser.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 minute') returning id"
        ).fetchone()
        superuser.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = %s where id = %s", [*worker, first]
        )
    second = ask.defer(list_id=asked.pk, by=1)
    assert core_jobs.retry_stalled(0) == 1
    states = dict(ProcrastinateJob.objects.values_list("id", "status"))
    assert states == {first: "failed", second: "todo"}


def test_a_page_that_cannot_be_told_costs_the_sorting_nothing(
    world: World, asked: PushedList, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "_DONE", "update nowhere set rows_done = %s where list_id = %s and {range}")
    run_queued()
    assert stored(world, asked) == ("sorted", 0, ROWS)


def test_a_sorting_that_failed_says_so_and_what_to_do(world: World, asked: PushedList):
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'failed'")
    page = page_of(world, asked)
    assert "没有分拣成" in page
    assert "再点一次" in page
    assert 'value="sort"' in page


def _wait_until(is_true: Callable[[], bool], seconds: int = 120) -> None:
    """Ends as soon as it is true; a busy machine needs its time."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "it did not come so far"
        time.sleep(0.02)
