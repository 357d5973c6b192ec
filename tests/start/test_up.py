"""`lianfang up`: one tree of processes. Whatever is killed comes back or ends with its parent, and nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lianfang.core import cluster
from lianfang.core.embedded import EmbeddedPostgres
from tests.environment import new_folder
from tests.start.conftest import copied
from tests.start.running import Up, command, free_port, is_alive, wait_until


@pytest.fixture(scope="module")
def running(first_home: Path) -> Iterator[list[Up]]:
    """The newest tree of this module: the tests kill parts of it, and it is the same installation throughout."""
    trees = [Up(copied(first_home, new_folder() / "home"), free_port())]
    yield trees
    trees[-1].stop()


@pytest.fixture
def up(running: list[Up]) -> Up:
    if running[-1].process.poll() is not None:
        running.append(Up(running[-1].home, running[-1].port))
    return running[-1]


def _commit(home: Path, text: str) -> None:
    with psycopg.connect(EmbeddedPostgres(home).owner_url) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        owner.execute("INSERT INTO note VALUES (%s)", [text])


def _committed(home: Path) -> list[str]:
    with psycopg.connect(EmbeddedPostgres(home).owner_url) as owner:
        return [text for (text,) in owner.execute("SELECT text FROM note ORDER BY text")]


def test_children_do_not_know_the_owner_s_login(up: Up) -> None:
    children = up.children("lianfang.config.cli")
    assert len(children) >= 5, "web server with two workers, the worker, and the clock's"
    for pid in children:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"lianfang_owner" not in environment
        assert b"LIANFANG_APP_URL=postgresql://lianfang_app" in environment


def test_second_command_works_meanwhile_and_leaves_the_database_running(up: Up) -> None:
    pid = cluster.postmaster_pid(up.home / "pg")
    assert command(up.home, "migrate").returncode == 0
    assert cluster.postmaster_pid(up.home / "pg") == pid
    assert up.status() == 200


def test_what_dies_is_started_again(up: Up) -> None:
    _commit(up.home, "web, worker and database")
    web, work = up.children(" serve ")[0], up.children(" work")[0]
    postmaster = cluster.postmaster_pid(up.home / "pg")
    assert postmaster is not None
    for pid in (web, work, postmaster):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: cluster.postmaster_pid(up.home / "pg") not in (None, postmaster))
    wait_until(
        lambda: up.children(" serve ")[:1] not in ([], [web]) and up.children(" work")[:1] not in ([], [work])
    )
    wait_until(lambda: up.status() == 200)
    assert "web, worker and database" in _committed(up.home)


def test_long_jobs_do_not_hold_up_the_clock(up: Up) -> None:
    """Jobs that hang, as many as are done at once and one more; what happens by the clock happens all the same."""
    database = EmbeddedPostgres(up.home)
    queue = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES (%s, %s, %s) RETURNING id"
    state = "SELECT status FROM procrastinate_jobs WHERE id = %s"

    def state_of(job: int) -> str:
        with psycopg.connect(database.owner_url) as owner:
            row = owner.execute(state, [job]).fetchone()
            return row[0] if row else "succeeded"  # what is done is deleted

    with psycopg.connect(database.superuser_url.replace("/postgres?", "/lianfang?")) as blocking:
        blocking.execute("LOCK TABLE register_doublesearch")
        with psycopg.connect(database.owner_url) as owner:
            hanging = [
                owner.execute(queue, ["register", "lianfang.find_doubles", '{"search_id": 1}']).fetchone()[0]
                for _ in range(3)
            ]
        wait_until(lambda: [state_of(job) for job in hanging].count("doing") == 2)
        with psycopg.connect(database.owner_url) as owner:
            stamp = ["clock", "lianfang.retry_stalled", '{"timestamp": 1}']
            quick = owner.execute(queue, stamp).fetchone()[0]
        wait_until(lambda: state_of(quick) == "succeeded")
        assert state_of(hanging[2]) == "todo"


def test_killed_web_worker_is_replaced(up: Up) -> None:
    victim = up.children(" serve ")[1]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not is_alive(victim) and len(up.children(" serve ")) == 3)
    assert up.status() == 200


def test_killed_parent_takes_its_children_along_and_the_next_start_has_everything(up: Up) -> None:
    _commit(up.home, "parent")
    children = up.children("lianfang.config.cli")
    up.process.kill()
    up.process.wait()
    wait_until(lambda: not any(map(is_alive, children)), seconds=5)
    again = Up(up.home, up.port)
    try:
        assert again.status() == 200
        assert "parent" in _committed(up.home)
    finally:
        assert again.stop() == 0
    assert cluster.postmaster_pid(up.home / "pg") is None, "the last one stops the database it found running"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_everything_with_exit_code_0(up: Up, number: signal.Signals) -> None:
    everything = up.children("")
    up.process.send_signal(number)
    assert up.process.wait(30) == 0
    assert not any(map(is_alive, everything))
    assert up.status() == 0
