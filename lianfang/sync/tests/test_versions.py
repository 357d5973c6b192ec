"""A door's version moves with everything a phone shows of it, whoever changes it and however (docs/algorithms/sync.md)."""

import datetime as dt
import uuid

import pytest
from django.db import connection

from lianfang.campaigns.models import Exemption, Fact, Target, Visit
from lianfang.core import clock
from lianfang.register.models import Door, DoorGone, DoorVersion, Household, Person
from lianfang.register.versions import EVENTS, LOCK, trigger_name
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db
HOME = "杨梅村/1组/1"


@pytest.fixture
def old(world):
    """All doors as if each had last been touched by a transaction of long ago."""
    DoorVersion.objects.update(version=7)
    return world


def touched(world) -> set[str]:
    """Doors that changed since `old`."""
    names = {household.pk: name for name, household in world.households.items()}
    return {names.get(row.pk, "new") for row in DoorVersion.objects.exclude(version=7)}


def test_every_household_that_is_current_has_a_version(world):
    with world.as_root():
        current = set(Household.objects.filter(is_current=True).values_list("pk", "area_path"))
    assert set(DoorVersion.objects.values_list("pk", "area_path")) == current


def test_a_version_is_the_transaction_that_made_the_change(old):
    with old.as_root():
        Household.objects.filter(pk=old.households[HOME].pk).update(head_name="易大山")
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        (mine,) = cursor.fetchone()
    assert DoorVersion.objects.get(pk=old.households[HOME].pk).version == mine
    assert touched(old) == {HOME}


def test_a_door_speaks_for_who_lives_behind_it(old):
    with old.as_root():
        Door.objects.filter(pk=old.households[HOME].door_id).update(label="老学堂")
    assert touched(old) == {HOME}


def test_a_person_who_moves_touches_both_doors(old):
    other = "杨梅村/2组/3"
    with old.as_root():
        Person.objects.filter(household=old.households[HOME], relation="child").update(
            household=old.households[other], area_path=old.households[other].area_path
        )
    assert touched(old) == {HOME, other}


@pytest.mark.parametrize("act", ["added", "renamed", "deleted"])
def test_a_person_touches_the_door(old, act):
    with old.as_root():
        people = Person.objects.filter(household=old.households[HOME])
        if act == "added":
            Person.objects.create(
                household=old.households[HOME], area_path=old.households[HOME].area_path, name="易小"
            )
        elif act == "renamed":
            people.filter(relation="child").update(name="易小")
        else:
            people.filter(relation="child").delete()
    assert touched(old) == {HOME}


def rows_of(world, kind):
    """A row that names a household, as each room would write it, and a column to change."""
    home, at = world.households[HOME], TONIGHT
    where = {"household_id": home.pk, "area_path": home.area_path}
    if kind == "target":
        campaign = world.campaign(frozen=False)
        village = home.area_path[:-4]
        row = Target(round=campaign, village_path=village, due_at=at, **where)
        return row, {"reason": "refused"}
    if kind == "exemption":
        campaign = world.campaign(frozen=False)
        row = Exemption(round=campaign, reason="abroad", requested_at=at, requested_by=1, **where)
        return row, {"decision_note": "x"}
    if kind == "fact":
        return Fact(question="fever", value=1, happened_at=at, visit_id=uuid.uuid4(), **where), {"value": 2}
    row = Visit(
        id=uuid.uuid4(), channel="door", outcome="met", recorded_by=1, happened_at=at, received_at=at, **where
    )
    return row, {"area_path": home.area_path}


@pytest.mark.parametrize("kind", ["target", "exemption", "fact", "visit"])
def test_what_is_owed_asked_and_told_touches_the_door(old, kind):
    row, change = rows_of(old, kind)
    with old.as_root():
        DoorVersion.objects.update(version=7)
        row.save(force_insert=True)
        assert touched(old) == {HOME}
        DoorVersion.objects.update(version=7)
        type(row).objects.filter(pk=row.pk).update(**change)
        assert touched(old) == {HOME}
        if kind != "visit":  # append-only
            DoorVersion.objects.update(version=7)
            type(row).objects.filter(pk=row.pk).delete()
            assert touched(old) == {HOME}


def test_who_may_not_see_a_door_still_moves_its_version(old):
    """A target stays where it was counted; its household has moved to another village since."""
    campaign = old.campaign()
    away = old.areas["泉塘村/1组"]
    with old.as_root():
        Household.objects.filter(pk=old.households[HOME].pk).update(area_path=away.path)
        DoorVersion.objects.update(version=7)
    with old.acting("邓永福"):
        found = Target.objects.filter(household_id=old.households[HOME].pk, round=campaign)
        assert found.update(reason="refused") == 1
    assert touched(old) == {HOME}


def test_a_household_that_moves_is_gone_from_where_it_was(old):
    home, away = old.households[HOME], old.areas["杨梅村/2组"]
    with old.as_root():
        Household.objects.filter(pk=home.pk).update(area_path=away.path)
    assert DoorVersion.objects.get(pk=home.pk).area_path == away.path
    assert list(DoorGone.objects.values_list("household_id", "area_path")) == [(home.pk, home.area_path)]
    assert touched(old) == {HOME}


def test_a_household_that_is_no_more_is_gone_and_may_come_back(old):
    home = old.households[HOME]
    with old.as_root():
        Household.objects.filter(pk=home.pk).update(is_current=False)
        assert not DoorVersion.objects.filter(pk=home.pk).exists()
        assert DoorGone.objects.filter(household_id=home.pk, area_path=home.area_path).exists()
        Household.objects.filter(pk=home.pk).update(is_current=True)
        assert DoorVersion.objects.filter(pk=home.pk).exists()
        Person.objects.filter(household=home).delete()
        Household.objects.filter(pk=home.pk).delete()
    assert not DoorVersion.objects.filter(pk=home.pk).exists()


def test_what_touches_nobody_touches_no_version(old):
    with old.as_root(), clock.frozen(TONIGHT + dt.timedelta(days=1)):
        Person.objects.filter(name="nobody").update(name="somebody")
    assert touched(old) == set()


def test_every_table_that_phones_show_has_its_triggers():
    """Those that name a household have all three: a new one that is shown must be named here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger where tgname like 'door_version_%'"
        )
        found = set(cursor.fetchall())
    tables = (
        "register_household",
        "register_person",
        "campaigns_target",
        "campaigns_exemption",
        "campaigns_visit",
        "intake_conflict",
        "campaigns_fact",
        "intake_conflict",
    )
    wanted = {(table, trigger_name(event)) for table in tables for event in EVENTS}
    assert found == wanted | {("register_door", trigger_name("update"))}


@pytest.mark.parametrize("function", ["lianfang_doors_changed", "lianfang_places_changed"])
@pytest.mark.parametrize("off", ["indexscan", "indexonlyscan", "bitmapscan", "seqscan", "sort"])
def test_versions_are_locked_in_the_order_of_households(world, function, off):
    """Two that touch the same doors wait for each other in one order, and never in a circle, however the planner
    reaches the rows: before any is changed, all are locked, and they come to the lock in the order of the key."""
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = %s", [function])
        ((source,),) = cursor.fetchall()
        locking = source.index(LOCK.removeprefix("select "))
        assert 0 < locking < source.index("update register_doorversion")
        cursor.execute(f"set local enable_{off} = off")
        statement = LOCK.replace("mine", "1").replace("any(touched)", "any(%s)")
        cursor.execute(f"explain (format json) {statement}", [list(range(500, 0, -1))])
        ((((plan,)),),) = cursor.fetchall()
    lock = plan["Plan"]
    assert lock["Node Type"] == "LockRows"
    (below,) = lock["Plans"]
    is_sorted = below["Node Type"] == "Sort" and below["Sort Key"] == ["household_id"]
    assert is_sorted or below.get("Index Name") == "register_doorversion_pkey"
