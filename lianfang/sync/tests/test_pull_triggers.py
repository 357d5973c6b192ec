"""A door that changes is told because a trigger notes it: with each of them it is, without any one of them it is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from lianfang.campaigns.models import Exemption, Visit
from lianfang.intake.models import Conflict
from lianfang.register.models import Household
from lianfang.register.versions import trigger_name
from lianfang.sync.tests.evenings import Evening
from lianfang.sync.tests.phones import HOME
from lianfang.sync.tests.test_pull_always import Held, require_as_fresh
from tests.world import TONIGHT, World, build

# Made past the program, at one door that has a target, a visit, answers, and an exemption asked and one approved.
_TARGET = "campaigns_target t where t.household_id = %(home)s"
_PERSON = "(select id from register_person where household_id = %(home)s and relation = {!r})"
CHANGES = {
    (
        "register_household",
        "insert",
    ): "insert into register_household (door_id, area_path, kind, reference, head_name,"
    " is_current) select door_id, %(path)s, 'family', '', '', true from register_household where id = %(home)s",
    ("register_household", "update"): "update register_household set head_name = 'x' where id = %(home)s",
    ("register_household", "delete"): "delete from register_household where reference = 'empty'",
    ("register_door", "update"): "update register_door set label = 'x' where id ="
    " (select door_id from register_household where id = %(home)s)",
    (
        "register_person",
        "insert",
    ): "insert into register_person (household_id, area_path, name, initials, relation, sex,"
    " reference, is_current, is_registered_here, is_living_here, is_here_tonight) values (%(home)s, %(path)s, 'x', '',"
    " 'other', '', '', true, true, true, true)",
    (
        "register_person",
        "update",
    ): f"update register_person set name = 'x' where id = {_PERSON.format('head')}",
    ("register_person", "delete"): f"delete from register_person where id = {_PERSON.format('child')}",
    (
        "campaigns_target",
        "insert",
    ): "insert into campaigns_target (round_id, household_id, person_id, area_path,"
    " village_path, origin, due_at, state, reason, attempt_count) select round_id, household_id, 5, area_path,"
    f" village_path, origin, due_at, 'open', '', 0 from {_TARGET}",
    ("campaigns_target", "update"): "update campaigns_target set reason = 'x' where household_id = %(home)s",
    ("campaigns_target", "delete"): "delete from campaigns_target where household_id = %(home)s",
    (
        "campaigns_exemption",
        "insert",
    ): "insert into campaigns_exemption (round_id, household_id, person_id, area_path,"
    " reason, requested_at, requested_by, decision, decided_at, decided_by, decision_note) select t.round_id,"
    f" t.household_id, {_PERSON.format('head')}, t.area_path, 'abroad', now(), 1, 'approved', now(), 2, '' from {_TARGET}",
    ("campaigns_exemption", "update"): "update campaigns_exemption set decision = 'approved', decided_by = 2"
    " where decision = 'pending'",
    ("campaigns_exemption", "delete"): "delete from campaigns_exemption where decision = 'approved'",
    (
        "campaigns_visit",
        "insert",
    ): "insert into campaigns_visit (id, household_id, area_path, channel, outcome,"
    " recorded_by, happened_at, received_at, answers, is_out_of_scope) select gen_random_uuid(), household_id,"
    " area_path, 'door', 'nobody_home', 1, happened_at, received_at, '{}', false from campaigns_visit where"
    " household_id = %(home)s",
    (
        "campaigns_fact",
        "insert",
    ): "insert into campaigns_fact (household_id, person_id, question, area_path, value,"
    " happened_at, visit_id) select household_id, 0, 'dwelling_state', area_path, '1', happened_at, id from"
    " campaigns_visit where household_id = %(home)s",
    ("campaigns_fact", "update"): "update campaigns_fact set value = '9' where household_id = %(home)s",
    (
        "intake_conflict",
        "insert",
    ): "insert into intake_conflict (household_id, person_id, question, area_path, second,"
    " second_by, second_at, opened_at, settled_as) select household_id, 0, 'dwelling_state', area_path, id, 1,"
    " happened_at, happened_at, '' from campaigns_visit where household_id = %(home)s",
    ("intake_conflict", "update"): "update intake_conflict set settled_at = opened_at",
    ("intake_conflict", "delete"): "delete from intake_conflict",
    ("campaigns_fact", "delete"): "delete from campaigns_fact where household_id = %(home)s",
}


def exemption(world: World, found: Any, person: int, **decided: Any) -> Exemption:
    home = world.households[HOME]
    about = {"household_id": home.pk, "area_path": home.area_path, "person_id": person, "reason": "abroad"}
    return Exemption(round=found, requested_at=TONIGHT, requested_by=1, **about, **decided)


def furnished(world: World) -> Evening:
    """A door with one row of everything, and a household that nothing hangs on."""
    evening, found = Evening(world, 1), world.campaign()
    evening.knock_at(HOME)
    with world.as_root():
        _, spouse, child = world.people(HOME)
        exemption(world, found, spouse.pk).save()
        decided = {"decision": "approved", "decided_at": TONIGHT, "decided_by": 2}
        exemption(world, found, child.pk, **decided).save()
        visit = Visit.objects.get(household_id=world.households[HOME].pk)
        told = {"second": visit.pk, "second_by": 1, "second_at": TONIGHT, "opened_at": TONIGHT}
        about = {"household_id": visit.household_id, "area_path": visit.area_path}
        Conflict.objects.create(question="returned_count", **about, **told)
        home = world.households["杨梅村/1组/2"]
        Household.objects.create(door_id=home.door_id, area_path=home.area_path, reference="empty")
    return evening


@pytest.fixture(scope="module")
def evening(committed_module: str) -> Evening:
    return furnished(build())


@pytest.fixture
def phone(evening: Evening) -> Held:
    held = Held("王小红")
    held.pull(evening)
    return held


def change(evening: Evening, table: str, event: str) -> None:
    with evening.world.as_root(), connection.cursor() as cursor:
        home = evening.world.households[HOME]
        cursor.execute(CHANGES[table, event], {"home": home.pk, "path": home.area_path})
        assert cursor.rowcount == 1


@contextmanager
def without(owner_dsn: str, table: str, event: str) -> Iterator[None]:
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute(f"alter table {table} disable trigger {trigger_name(event)}")
        try:
            yield
        finally:
            owner.execute(f"alter table {table} enable trigger {trigger_name(event)}")


@pytest.mark.parametrize(("table", "event"), sorted(CHANGES))
def test_what_is_changed_past_the_program_is_told(evening, phone, table, event):
    with transaction.atomic():
        change(evening, table, event)
        answer = require_as_fresh(evening, phone)
        transaction.set_rollback(True)
    assert (answer["full"], len(answer["doors"]) + len(answer["gone"])) == (False, 1)


@pytest.mark.parametrize(("table", "event"), sorted(CHANGES))
def test_without_its_trigger_the_old_pack_is_wrong(evening, phone, table, event, owner_dsn):
    with without(owner_dsn, table, event), transaction.atomic():
        change(evening, table, event)
        with pytest.raises(AssertionError, match=r"after \["):
            require_as_fresh(evening, phone)
        transaction.set_rollback(True)
    assert require_as_fresh(evening, phone)["full"] is False


def test_every_trigger_is_removed_once(evening):
    """All there are, but those of rows that nothing but a moving area updates, and that nothing deletes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger where tgname like 'door_version_%'"
        )
        there = set(cursor.fetchall())
    removed = {(table, trigger_name(event)) for table, event in CHANGES}
    left = {("campaigns_visit", trigger_name(event)) for event in ("update", "delete")}
    assert there == removed | left
