"""Files that the worker process works on: progress, stopping, and a worker that is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from django.db import OperationalError, connection
from procrastinate.contrib.django.models import ProcrastinateJob

from lianfang.core import jobs as core_jobs
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register import filing, importing, jobs
from lianfang.register.models import ImportFile, Person
from lianfang.register.progress import Progress
from lianfang.register.tests.sheets_made import xlsx
from tests import world as cast

State = ImportFile.State
HEADER = ["编号", "姓名", "手机号码", "村", "组", "门牌"]


@pytest.fixture
def county(committed_db, tmp_path, monkeypatch):
    """The county committed, for jobs that see it from other connections; every file is a large one."""
    monkeypatch.setattr(jobs, "AT_ONCE_BYTES", 0)
    return County(cast.build(), tmp_path)


class County:
    def __init__(self, world, folder):
        self.world, self.folder, self.by = world, folder, world.users["周敏"].pk

    def receive(self, count, name="大表.xlsx"):
        rows = [[f"P{n}", "欧阳明", f"138{n:08}", "杨梅村", "3组", f"{n // 3 + 1}号"] for n in range(count)]
        path = xlsx(self.folder / name, [HEADER, *rows])
        with self.world.acting("周敏") as scope:
            return filing.receive_file(
                content=path.read_bytes(), name=name, area=self.world.areas["武冈市"], scope=scope, by=self.by
            )

    def ask(self, file, state):
        with self.world.acting("周敏") as scope:
            return jobs.ask(file_id=file.pk, state=state, scope=scope, by=self.by)[0]

    def run(self, file):
        """As the worker runs what is queued for the file."""
        job = ProcrastinateJob.objects.get(args__file_id=file.pk, status="todo")
        with connection.cursor() as cursor:
            cursor.execute("update procrastinate_jobs set status = 'doing' where id = %s", [job.pk])
        state = jobs.work_on_file(**job.args)
        with connection.cursor() as cursor:
            cursor.execute("delete from procrastinate_jobs where id = %s", [job.pk])
        return state

    def now(self, file):
        with self.world.as_root():
            return ImportFile.objects.get(pk=file.pk)

    def people(self):
        with self.world.as_root():
            return Person.objects.filter(reference__startswith="P").count()


def test_a_large_file_is_checked_and_taken_by_the_worker(county):
    file = county.ask(county.receive(40), State.CHECKING)
    assert (county.now(file).state, county.now(file).row_count) == (State.CHECKING, 0)
    with pytest.raises(Problem, match="状态已经变了"):
        county.ask(file, State.CHECKING)  # pressed by two people: it stays one job
    assert county.run(file) == State.CHECKED
    county.ask(file, State.TAKING)
    assert county.run(file) == State.TAKEN
    assert county.people() == 40


def test_while_it_works_pages_see_how_far_it_is_and_can_stop_it(county):
    file = county.ask(county.receive(40), State.CHECKING)
    county.run(file)
    file = county.ask(file, State.TAKING)
    scope = Scope.over([file.area_path], actor_id=county.by)
    with Progress(file.pk, file.run, scope) as progress:
        progress(17)
        assert (county.now(file).rows_done, county.now(file).rows_known) == (17, 40)
        with county.world.acting("周敏") as own:
            filing.stop(file_id=file.pk, scope=own, by=county.by)
        progress._told_at = 0.0
        with pytest.raises(Problem, match="已停下"):
            progress(18)
    assert county.run(file) == State.CANCELLED
    assert county.people() == 0


def test_a_job_that_the_worker_gave_up_can_be_begun_anew(county):
    file = county.ask(county.receive(10), State.CHECKING)
    assert not jobs.is_forsaken(county.now(file))
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing'")
        assert not jobs.is_forsaken(county.now(file))
        cursor.execute("update procrastinate_jobs set status = 'failed'")
    assert jobs.is_forsaken(county.now(file))
    county.ask(file, State.CHECKING)
    assert county.run(file) == State.CHECKED


def test_kill_9_of_the_worker_in_the_middle_loses_nothing_and_doubles_nothing(county, app_dsn, superuser_dsn):
    file = county.ask(county.receive(12_000), State.CHECKING)
    assert county.run(file) == State.CHECKED
    file = county.ask(file, State.TAKING)
    worker = subprocess.Popen(
        [sys.executable, "-m", "django", "procrastinate", "worker", "--no-listen-notify"],
        env={**os.environ, "LIANFANG_APP_URL": app_dsn, "DJANGO_SETTINGS_MODULE": "lianfang.config.settings"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until(lambda: county.now(file).rows_done > 0)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert (county.now(file).state, county.people()) == (State.TAKING, 0)
    # Nobody has heard of the worker for a minute.
    with psycopg.connect(superuser_dsn, autocommit=True) as superuser:
        superuser.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
    assert core_jobs.retry_stalled(0) == 1
    assert county.run(file) == State.TAKEN
    assert county.people() == 12_000


def _wait_until(is_true, seconds=120):  # ends as soon as it is true; a busy machine needs its time
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "it did not come so far"
        time.sleep(0.02)


def test_a_job_that_kills_its_worker_again_and_again_is_left_alone(county):
    county.ask(county.receive(10), State.CHECKING)
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set status = 'doing', attempts = %s", [core_jobs.MOST_ATTEMPTS]
        )
    assert core_jobs.retry_stalled(0) == 1
    assert ProcrastinateJob.objects.get(task_name=jobs.WORK).status == "failed"


def test_a_sheet_waits_for_whoever_changes_its_county(county, superuser_dsn):
    """Another sheet would add the same people again; a merger of villages would leave its rows where nobody looks."""
    path = xlsx(county.folder / "a.xlsx", [HEADER, ["P1", "欧阳明", "", "杨梅村", "3组", "1号"]])
    area = county.world.areas["杨梅村"]
    with psycopg.connect(superuser_dsn) as other, county.world.acting("周敏"), connection.cursor() as cursor:
        other.execute("select from areas_area where level = 'county' for no key update")
        cursor.execute("set local lock_timeout = '200ms'")
        with pytest.raises(OperationalError):
            importing.load(path, county=area, by=county.by)
    assert county.people() == 0
