"""`kill -9` in the middle of pushes: of a web worker, of a PostgreSQL backend, of the postmaster. What was acknowledged
is there, nothing is counted twice, and phones get through again within ten seconds.

`LIANFANG_KILLS` more rounds for `make test-faults`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from lianfang.core import cluster
from lianfang.core.embedded import EmbeddedPostgres
from tests.environment import new_folder
from tests.faults.calling import Caller, visit
from tests.faults.outbox import counts
from tests.start.running import Up, environment, free_port
from tests.world import TONIGHT

KILLS = int(os.environ.get("LIANFANG_KILLS", "1"))  # of each kind
PHONES = 2  # of each of three workers
BACK_WITHIN = 10.0  # seconds
LEAST_VISITS = 20  # a phone and kill


class Place:
    """An installation with its phones."""

    def __init__(self) -> None:
        self.home = new_folder() / "home"
        offset = (TONIGHT - dt.datetime.now(dt.UTC)).total_seconds()
        self.changes = {"LIANFANG_CLOCK_OFFSET": str(offset)}
        self.up = Up(self.home, free_port(), **self.changes)
        phones = self.tell("fill", str(PHONES))
        self.callers = [Caller(self.up.port, each["device"], each["authorization"]) for each in phones]
        self.households = [each["households"] for each in phones]

    def tell(self, *arguments: str) -> object:
        command = [sys.executable, "-m", "tests.faults.filling", *arguments]
        done = subprocess.run(
            command, env=environment(self.home, **self.changes), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.up.stop()


def _web_worker(up: Up) -> int:
    return random.choice(up.children(" serve ")[1:])  # the first is their parent


def _backend(up: Up) -> int:
    with psycopg.connect(EmbeddedPostgres(up.home).superuser_url) as superuser:
        found = superuser.execute(
            "select pid from pg_stat_activity where usename = 'lianfang_app' and query like '%%intake_operation%%'"
            " or usename = 'lianfang_app' order by state = 'active' desc, query_start desc limit 1"
        ).fetchone()
    return found[0]


def _postmaster(up: Up) -> int:
    return cluster.postmaster_pid(up.home / "pg")


VICTIMS = {"web worker": _web_worker, "backend": _backend, "postmaster": _postmaster}


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("victim", VICTIMS)
def test_phones_get_through_again(place: Place, victim: str, number: int) -> None:
    answered: list[float] = []
    killed = threading.Event()
    clients = [
        threading.Thread(target=_work, args=(caller, households, answered, killed))
        for caller, households in zip(place.callers, place.households, strict=True)
    ]
    for client in clients:
        client.start()
    _wait_for(lambda: len(answered) > 10 * len(clients) / 2)
    time.sleep(random.random() / 5)
    os.kill(VICTIMS[victim](place.up), signal.SIGKILL)
    died_at = time.monotonic()
    killed.set()
    for client in clients:
        client.join(90)
    assert not any(client.is_alive() for client in clients), "a phone is stuck"
    silence = max(later - earlier for earlier, later in itertools.pairwise([*sorted(answered)]))
    print(
        f"{victim}: {len(answered)} pushes, longest silence {silence:.1f} s, all done {time.monotonic() - died_at:.1f} s after"
    )
    assert silence < BACK_WITHIN


def _work(caller: Caller, households: list, answered: list[float], killed: threading.Event) -> None:
    """Two visits, a push, and so on, until well after the kill."""
    made = 0
    while made < LEAST_VISITS or not killed.is_set() or counts(caller.state)["waiting"]:
        if made < LEAST_VISITS or not killed.is_set():
            for _ in range(2):
                household, people = households[made % len(households)]
                caller.make(visit(household, people))
                made += 1
        if caller.push() == 200:
            answered.append(time.monotonic())
        else:
            time.sleep(0.2)  # a real phone waits longer


def test_all_that_was_acknowledged_is_there_once(place: Place) -> None:
    """After all the kills above."""
    found = place.tell("check")
    made = {op_id for caller in place.callers for op_id in caller.bodies}
    assert {op["status"] for caller in place.callers for op in caller.state["ops"]} <= {
        "filed",
        "already_filed",
    }
    assert set(found["operations"]) == made, "lost"
    assert set(found["operations"].values()) == {"filed"}
    assert set(found["visits"]) == made
    assert len(found["visits"]) == len(made), "twice"
    numbers = sorted(
        (caller.device, body["seq"]) for caller in place.callers for body in caller.bodies.values()
    )
    assert [tuple(each) for each in found["numbers"]] == numbers
    assert found["is_counted_once"]


def _wait_for(condition: object, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "no pushes"
        time.sleep(0.02)
