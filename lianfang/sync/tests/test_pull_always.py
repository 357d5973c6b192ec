"""Old pack + changes = fresh pack, whatever happened in between.

`LIANFANG_SYNC_EVENINGS=100` runs thousands of histories instead of some hundred; `LIANFANG_SYNC_SEED=7` runs one evening
again. A failure says what had happened until then.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from lianfang.accounts.queries import get_actor
from lianfang.core import clock
from lianfang.core.scope import scoped
from lianfang.register.door_versions import renew_versions, watermark_age
from lianfang.register.models import DoorVersion, Household
from lianfang.sync import jobs
from lianfang.sync.packs.cursors import digest_of
from lianfang.sync.packs.pulling import Asked, pull
from lianfang.sync.tests.evenings import WORKERS, Evening
from tests.world import World, build

EVENINGS = int(os.environ.get("LIANFANG_SYNC_EVENINGS", "6"))
ONE = os.environ.get("LIANFANG_SYNC_SEED")
SEEDS = [int(ONE)] if ONE else range(EVENINGS)
STEPS = 32
KEY = {"id": "k", "spki": "s"}


@dataclass
class Held:
    """A phone's copy, kept as the app keeps it: from answers alone."""

    name: str
    cursor: str = ""
    head_id: str = ""
    head: dict[str, Any] = field(default_factory=dict)
    doors: dict[int, dict[str, Any]] = field(default_factory=dict)
    digest: str = ""

    def pull(self, evening: Evening) -> dict[str, Any]:
        answer = told(evening, self.name, self.cursor, self.head_id)
        if answer["full"]:
            self.doors = {}
        for door in answer["doors"]:
            self.doors[door["id"]] = door
        for pk in answer["gone"]:
            self.doors.pop(pk, None)
        self.head = answer.get("head", self.head)
        self.cursor, self.head_id, self.digest = answer["cursor"], answer["head_id"], answer["digest"]
        return answer

    @property
    def text(self) -> str:
        return written({"head": self.head, "doors": [self.doors[pk] for pk in sorted(self.doors)]})


def told(evening: Evening, name: str, cursor: str = "", head: str = "") -> dict[str, Any]:
    """The answer as it arrives: JSON."""
    with clock.frozen(evening.now):
        actor = get_actor(evening.world.users[name])
        with scoped(actor.scope_for("visit.record")):
            answer = pull(actor, Asked(cursor, head), server_key=KEY, now=evening.now).answer
    return json.loads(json.dumps(answer))


def living(evening: Evening, name: str) -> set[int]:
    """Households in the areas of this worker, as the register has them."""
    with clock.frozen(evening.now):
        scope = get_actor(evening.world.users[name]).scope_for("visit.record")
    with scoped(scope):
        return set(Household.objects.filter(scope.q(), is_current=True).values_list("pk", flat=True))


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def require_as_fresh(evening: Evening, held: Held) -> dict[str, Any]:
    answer = held.pull(evening)
    fresh = Held(held.name)
    fresh.pull(evening)
    if set(fresh.doors) != living(evening, held.name):
        raise AssertionError(f"{held.name} after {evening.told}: not the doors of the register")
    if held.text != fresh.text:
        raise AssertionError(f"{held.name} after {evening.told}: {differing(held, fresh)}")
    assert held.digest == fresh.digest == digest_of({pk: door["v"] for pk, door in held.doors.items()})
    return answer


def differing(held: Held, fresh: Held) -> str:
    """What an old copy has wrong, short enough to read."""
    if set(held.doors) != set(fresh.doors):
        return f"doors {sorted(set(held.doors) ^ set(fresh.doors))}"
    for pk, door in fresh.doors.items():
        for key, value in door.items():
            if held.doors[pk][key] != value:
                return f"door {pk} {key}: {held.doors[pk][key]} is {value}"
    return f"head {[key for key in fresh.head if held.head.get(key) != fresh.head[key]]}"


@pytest.fixture
def world(committed_db: str) -> World:
    return build()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_old_pack_with_its_changes_is_a_fresh_pack(world, seed):
    evening = Evening(world, seed)
    phones = [Held(name) for name in (*WORKERS, "周敏")]
    for phone in phones:
        phone.pull(evening)
    partial, doors = 0, 0
    for _ in range(STEPS):
        evening.step()
        for phone in evening.random.sample(phones, 2):
            answer = require_as_fresh(evening, phone)
            if not answer["full"]:
                partial += 1
                doors += len(answer["doors"]) / max(len(phone.doors), 1)
    for phone in phones:
        require_as_fresh(evening, phone)
    # Were everything sent each time, the two would be equal as well, and nothing would be shown.
    assert partial > STEPS
    assert doors / partial < 0.6


# ---------- the watermark ----------


def test_what_a_long_transaction_changed_is_not_passed_over(world, superuser_dsn):
    """It began first and ended last. In between a phone pulled, and a later change was told already."""
    evening, phone = Evening(world, 1), Held("王小红")
    slow_home, quick_home = (world.households[f"杨梅村/1组/{number}"] for number in (1, 2))
    phone.pull(evening)
    with psycopg.connect(superuser_dsn) as slow:
        slow.execute("update register_household set head_name = '慢' where id = %s", [slow_home.pk])
        with psycopg.connect(superuser_dsn) as quick:
            quick.execute("update register_household set head_name = '快' where id = %s", [quick_home.pk])
        answer = phone.pull(evening)
        assert [door["id"] for door in answer["doors"]] == [quick_home.pk]
        assert door_versions(world)[quick_home.pk] > int(phone.cursor.split(".")[1])
    answer = require_as_fresh(evening, phone)
    assert (answer["full"], phone.doors[slow_home.pk]["head"]) == (False, "慢")


def test_the_age_of_the_watermark_is_told(world, superuser_dsn, app_dsn, monkeypatch, caplog):
    jobs.watch_watermark()
    assert caplog.text == ""
    assert watermark_age().seconds == 0
    with psycopg.connect(app_dsn) as slow:
        slow.execute("select pg_current_xact_id()")
        slow.execute("select pg_sleep(0.05)")
        with psycopg.connect(superuser_dsn, autocommit=True) as quick:
            for _ in range(3):
                quick.execute("select pg_current_xact_id()")
        age = watermark_age()
        monkeypatch.setattr(jobs, "LONGEST", 0.04)
        jobs.watch_watermark()
    assert "has been writing" in caplog.text
    assert age.seconds > 0.04
    assert age.transaction_count >= 4


def test_after_a_restore_every_version_is_new(world):
    before = door_versions(world)
    assert renew_versions() == len(before)
    after = door_versions(world)
    assert min(after.values()) > max(before.values())


def door_versions(world: World) -> dict[int, int]:
    return dict(DoorVersion.objects.values_list("pk", "version"))
