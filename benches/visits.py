"""K6: visits recorded, households of three with ten answers each, in batches of fifty, by eight clients.

The database part is the filing itself, called as the request calls it; the whole path goes through HTTP, the session,
CSRF, JSON and sealing, against the server that `lianfang up` runs.
"""

from __future__ import annotations

import gc
import http.client
import json
import multiprocessing
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from benches import county, rounds
from benches.setting import Installation, report

CLIENTS = 8
BATCH = 50
BATCHES = 16  # a client and run
RUNS = 3
PEOPLE = 3
DATABASE_GOAL, WHOLE_GOAL = 6000, 3000
HOUSEHOLD_ANSWERS = {
    "returned_count": 0,
    "dwelling_state": "owner",
    "household_needs": ["none"],
    "standing_water": "none",
}
ANSWERS_OF_A_PERSON = {"fever": False, "dose_count": 3}  # 4 + 3 × 2 = 10


def run(installation: Installation) -> None:
    from lianfang.core.clock import now
    from lianfang.core.scope import ROOT, Scope, scoped

    county.fill(installation, CLIENTS * BATCHES * BATCH * RUNS * 2 + BATCH)
    setting = _Setting(installation)
    moment = now().isoformat()
    speeds: dict[str, list[float]] = {"database": [], "whole": []}
    costs: dict[str, list[float]] = {"database": [], "whole": []}
    people = CLIENTS * BATCHES * BATCH * PEOPLE
    with _server() as (address, server):
        trees = [_postmaster(installation), server]
        for _ in range(RUNS):
            for part, work in (("database", _filing), ("whole", _posting)):
                given = [setting.take(BATCHES, moment) for _ in range(CLIENTS)]
                before = _cpu(trees)
                speeds[part].append(people / _at_once(work, given, address, setting))
                costs[part].append((_cpu(trees) - before) / people)
    with scoped(Scope.over([ROOT], purpose="bench")):
        setting.check()
    for part, goal in (("database", DATABASE_GOAL), ("whole", WHOLE_GOAL)):
        reached, cost = statistics.median(speeds[part]), statistics.median(costs[part])
        what = {"database": "visits filed, database part", "whole": "visits posted, whole path"}[part]
        measured = f"{reached:,.0f} people/s, {cost * 1e6:,.0f} µs CPU a person (clients included)"
        report("K6", what, measured, f"≥ {goal:,}", is_met=reached >= goal)


def _postmaster(installation: Installation) -> int:
    with installation.superuser() as database:
        (folder,) = database.execute("show data_directory").fetchone()
    return int((Path(folder) / "postmaster.pid").read_text().split()[0])


def _cpu(roots: list[int]) -> float:
    """Seconds of processor that these processes, their children and our own children have used."""
    stats = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                stats[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    ours = set(roots)
    while more := {pid for pid, (parent, _) in stats.items() if parent in ours} - ours:
        ours |= more
    used = sum(stats[pid][1] for pid in ours if pid in stats) / os.sysconf("SC_CLK_TCK")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used + children.ru_utime + children.ru_stime


class _Setting:
    """One campaign over the county, a clerk with the right to record, and households not visited yet."""

    def __init__(self, installation: Installation) -> None:
        from lianfang.accounts.models import User
        from lianfang.accounts.operations import add_user, grant_role
        from lianfang.areas.models import Area
        from lianfang.campaigns.operations.rounds import freeze_round
        from lianfang.core.scope import ROOT, Scope, scoped

        county = Area.objects.get(level="county")
        with scoped(Scope.over([ROOT], purpose="bench")):
            self.user = User.objects.filter(username="clerk").first() or add_user(
                username="clerk", name="录入员", password=uuid.uuid4().hex, by=None
            )
            grant_role(user=self.user, role="data_officer", area=county, by=None)
            self.round_id = rounds.declare("household")
            freeze_round(round_id=self.round_id, by=self.user.pk)
        self.path = county.path
        with installation.superuser() as database:
            self.households = database.execute(
                "select household_id, array_agg(id order by id) from (select household_id, id, row_number() over"
                " (partition by household_id order by id) n from register_person) p where n <= %s group by 1 order by"
                " 1 limit %s",
                [10, CLIENTS * BATCHES * BATCH * RUNS * 2],
            ).fetchall()
        self.taken = 0
        self.session = _session(self.user)

    def take(self, batches: int, moment: str) -> list[list[dict]]:
        found = []
        for _ in range(batches):
            rows = self.households[self.taken : self.taken + BATCH]
            assert len(rows) == BATCH, "not enough households"
            self.taken += BATCH
            found.append([_operation(household, people, moment) for household, people in rows])
        return found

    def check(self) -> None:
        """Everything is stored, every household done, the counters equal to a recount."""
        from lianfang.campaigns.models import Coverage, Round, Target, Visit
        from lianfang.campaigns.operations.rounds import recount
        from lianfang.intake.models import Operation

        ids = [household for household, _ in self.households[: self.taken]]
        assert Operation.objects.exclude(status="filed").count() == 0, "something is held"
        assert Visit.objects.count() == self.taken, (Visit.objects.count(), self.taken)
        done = Target.objects.filter(round_id=self.round_id, state="done")
        assert done.count() == done.filter(household_id__in=ids).count() == self.taken, done.count()
        kept = sorted(Coverage.objects.filter(round_id=self.round_id).values_list())
        recount(Round.objects.select_related("campaign").get(pk=self.round_id))
        assert sorted(Coverage.objects.filter(round_id=self.round_id).values_list()) == kept


def _operation(household: int, people: list[int], moment: str) -> dict:
    lines = [{"person": person, "presence": "seen", "answers": ANSWERS_OF_A_PERSON} for person in people]
    body = {
        "household": household,
        "channel": "door",
        "outcome": "met",
        "lines": lines,
        "answers": HOUSEHOLD_ANSWERS,
    }
    return {"op_id": str(uuid.uuid4()), "kind": "visit", "happened_at": moment, "body": body}


def _session(user: object) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


# ---------- eight at once ----------


def _at_once(
    work: Callable[..., None], given: list[list[list[dict]]], address: str, setting: _Setting
) -> float:
    """Seconds from the word go until the last is through. Each client is a process, as phones are elsewhere."""
    from django.db import connections

    connections.close_all()
    gc.collect()
    gc.freeze()  # as the server's processes do (config/wsgi.py)
    context = multiprocessing.get_context("fork")
    go, ready = context.Event(), context.Semaphore(0)
    clients = [
        context.Process(target=_client, args=(work, batches, address, setting, ready, go))
        for batches in given
    ]
    for client in clients:
        client.start()
    for _ in clients:
        ready.acquire()
    started = time.perf_counter()
    go.set()
    for client in clients:
        client.join()
    took = time.perf_counter() - started
    assert all(client.exitcode == 0 for client in clients), "a client failed"
    return took


def _client(
    work: Callable[..., None],
    batches: list[list[dict]],
    address: str,
    setting: _Setting,
    ready: object,
    go: object,
) -> None:
    steps = work(batches, address, setting)
    next(steps)  # connected
    ready.release()
    go.wait()
    for _ in steps:
        pass


def _filing(batches: list[list[dict]], address: str, setting: _Setting):
    """What a request does between its parsing and its answer."""
    import datetime as dt

    from lianfang.core.scope import Scope, opened
    from lianfang.intake.operations import OperationInput, receive

    scope = Scope.over([setting.path], actor_id=setting.user.pk)
    given = [
        [
            OperationInput(
                uuid.UUID(op["op_id"]), "visit", dt.datetime.fromisoformat(op["happened_at"]), op["body"]
            )
            for op in batch
        ]
        for batch in batches
    ]
    with opened(scope):
        pass
    yield
    for batch in given:
        with opened(scope):
            receipts = receive(
                batch, source="phone", scope=scope, home_path=setting.path, by=setting.user.pk, others=scope
            )
        assert all(receipt.status == "filed" for receipt in receipts), receipts[0]
        yield


def _posting(batches: list[list[dict]], address: str, setting: _Setting):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    token = "b" * 32
    headers = {
        "Content-Type": "application/json",
        "Cookie": f"sessionid={setting.session}; csrftoken={token}",
        "X-CSRFToken": token,
    }
    bodies = [json.dumps({"ops": batch}) for batch in batches]
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    yield
    for body in bodies:
        connection.request("POST", "/api/v1/intake/operations", body, headers)
        answer = connection.getresponse()
        receipts = json.loads(answer.read())["receipts"]
        assert answer.status == 200, answer.status
        assert all(receipt["status"] == "filed" for receipt in receipts), receipts[0]
        yield


@contextmanager
def _server() -> Iterator[tuple[str, int]]:
    """The web server as an installation runs it, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "lianfang.config.cli",
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server did not come up")
