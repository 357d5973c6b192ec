"""The second wall as PostgreSQL keeps it, on a county that has been committed: the app reads within its token or not
at all, and neither the app nor the owner can step round it."""

import datetime as dt
import hashlib
import hmac
import os
import time

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from django.db import ProgrammingError, connection, transaction
from django.db.utils import DatabaseError

from lianfang.core import keys
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, crossing, opened, scoped
from tests import world as cast
from tests.world import Person

YANGMEI, TIANXIN = "cn.43.05.81.107.221.", "cn.43.05.81.107.222."
NO_TOKEN, FORGED, EXPIRED = "LF001", "LF002", "LF003"


@pytest.fixture(scope="module")
def county(committed_module):
    """One committed county for the whole file: what is tried here either fails or touches nobody who is counted."""
    world = cast.build()
    world.campaign()
    return world


@pytest.fixture
def world(county):
    yield county
    connection.close()


def count(table="register_person"):
    """All that the database shows, without a condition of ours: only the second wall stands."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return cursor.fetchone()[0]


def set_token(token):
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lianfang.token', %s, true)", [token])


def raises(sqlstate):
    return pytest.raises(DatabaseError, check=lambda error: error.__cause__.sqlstate == sqlstate)


# ---------- no token, or a wrong one ----------


def test_without_a_token_a_read_raises_and_never_says_nobody(world):
    with raises(NO_TOKEN):
        Person.objects.exists()
    with raises(NO_TOKEN), opened(None):
        count()


@pytest.mark.parametrize(
    "table",
    [
        "register_door",
        "register_household",
        "register_person",
        "campaigns_target",
        "campaigns_task",
    ],
)
def test_every_table_with_rows_of_residents_raises(world, table):
    with raises(NO_TOKEN):
        count(table)


def test_the_owner_without_a_token_raises_too(world, owner_dsn):
    with psycopg.connect(owner_dsn) as owner, pytest.raises(psycopg.Error) as refused:
        owner.execute("select count(*) from register_person")
    assert refused.value.sqlstate == NO_TOKEN


def test_the_owner_cannot_change_rows_without_a_token(world, owner_dsn):
    with psycopg.connect(owner_dsn) as owner, pytest.raises(psycopg.Error) as refused:
        owner.execute("update register_person set name = ''")
    assert refused.value.sqlstate == NO_TOKEN


def tampered(token):
    return token.replace(YANGMEI, "cn.43.05.81.107.2")


def of_another_installation(token):
    body = token.rpartition(";")[0]
    return f"{body};{hmac.new(os.urandom(32), body.encode(), hashlib.sha256).hexdigest()}"


def unsigned(token):
    return token.rpartition(";")[0]


def of_the_empty_key(token):
    body = token.rpartition(";")[0]
    return f"{body};{hmac.new(b'', body.encode(), hashlib.sha256).hexdigest()}"


def longer_lived(token):
    part = token.split(";")
    return ";".join([part[0], str(int(part[1]) + 999), *part[2:]])


@pytest.mark.parametrize(
    "forge",
    [tampered, of_another_installation, unsigned, of_the_empty_key, longer_lived, lambda token: ";" * 80],
)
def test_a_token_that_this_installation_did_not_sign_raises(world, forge):
    genuine = Scope.over([YANGMEI]).token()
    with transaction.atomic():
        set_token(genuine)
        assert count() == 18
    forged = forge(genuine)
    assert forged != genuine
    with raises(FORGED), transaction.atomic():
        set_token(forged)
        count()


def test_an_expired_token_raises(world):
    with raises(EXPIRED), transaction.atomic():
        set_token(Scope.over([YANGMEI]).token(lifetime=-1))
        count()


def test_a_token_dies_with_its_transaction(world):
    with scoped(Scope.over([YANGMEI])):
        assert count() == 18
    with raises(NO_TOKEN):
        count()
    with opened(Scope.over([YANGMEI])):
        assert count() == 18
    with raises(NO_TOKEN):
        count()


# ---------- within the token ----------


def test_the_database_shows_ones_own_area_and_no_other_even_to_a_query_without_a_condition(world):
    with scoped(Scope.over([YANGMEI])):
        assert count() == 18
        assert not Person.objects.filter(area_path__startswith=TIANXIN).exists()
    with scoped(Scope.over([YANGMEI + "G01."])):
        assert count() == 9
    with scoped(Scope.over(["cn.43.05.82."])):
        assert count() == 0


def test_four_areas_that_do_not_touch_are_seen_and_nothing_between_them(world):
    paths = [f"{village}G0{n}." for village in (YANGMEI, TIANXIN) for n in (1,)] + [
        "cn.43.05.81.101.201.G02."
    ]
    with scoped(Scope.over(paths)):
        assert count() == 27


def test_a_fifth_range_is_refused_not_forgotten():
    with pytest.raises(Problem) as refused:
        Scope.over([f"cn.43.05.81.10{n}.2." for n in range(5)])
    assert refused.value.code == "scope.too_many"


def test_no_row_can_be_written_into_anothers_area(world):
    household = world.households["杨梅村/1组/1"]
    with pytest.raises(ProgrammingError, match="row-level security"), scoped(Scope.over([YANGMEI])):
        Person.objects.create(household=household, area_path=TIANXIN, name="外人")


def test_no_row_can_be_pushed_out_into_anothers_area(world):
    with pytest.raises(ProgrammingError, match="row-level security"), scoped(Scope.over([YANGMEI])):
        Person.objects.filter(area_path__gte=YANGMEI).update(area_path=TIANXIN)


def test_rows_of_others_cannot_be_changed_or_deleted(world):
    with scoped(Scope.over([YANGMEI])):
        assert Person.objects.filter(household=world.households["田心村/1组/1"]).update(name="") == 0
        assert Person.objects.filter(household=world.households["田心村/1组/1"]).delete()[0] == 0


def test_a_crossing_ends_where_it_began(world):
    with scoped(Scope.over([YANGMEI])):
        with crossing("match", actor_id=1):
            assert count() == 54
            with scoped(Scope.over([TIANXIN])):
                assert count() == 18
                assert not Person.objects.filter(area_path__startswith=YANGMEI).exists()
            assert count() == 54
        assert count() == 18


def test_a_crossing_that_fails_leaves_the_outer_scope_standing(world):
    with scoped(Scope.over([YANGMEI])):
        with pytest.raises(ZeroDivisionError), crossing("match", actor_id=1):
            1 / 0  # noqa: B018
        with pytest.raises(DatabaseError), crossing("match", actor_id=1), connection.cursor() as cursor:
            cursor.execute("select 1 / 0")
        assert count() == 18


# ---------- what the app's role may do ----------

APPEND_ONLY = {
    "core_auditrow": (),
    # Where it is read from follows the household when areas merge (core/following.py); what happened never changes.
    "campaigns_visit": ("area_path",),
    "campaigns_visitline": ("area_path",),
    "campaigns_orderreceipt": (),
    "questions_question": ("area_path",),
    "questions_form": ("area_path",),
    "reports_dayclose": (),
    "verification_answer": ("area_path",),
    "verification_call": ("area_path",),
    "verification_return": (),
    "intake_operation": (
        "area_path",
        "status",
        "code",
        "detail",
        "settled_at",
        "settled_by",
        "settled_reason",
        "waits_for",
    ),
}


def test_the_app_role_can_neither_skip_the_wall_nor_become_somebody_who_can(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles"
            " where rolname = current_user"
        )
        assert cursor.fetchone() == (False,) * 5
        cursor.execute("select count(*) from pg_auth_members where member = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "select c.relname from pg_class c where c.relowner = current_user::regrole"
            " and not (c.relnamespace = pg_my_temp_schema())"
        )
        assert cursor.fetchall() == []


def test_the_app_role_truncates_nothing(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
            " and has_table_privilege(oid, 'truncate')"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_what_happened_is_neither_changed_nor_deleted(world, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "select has_table_privilege(%s, 'insert'), has_table_privilege(%s, 'delete'),"
            " has_table_privilege(%s, 'truncate'),"
            " array(select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0"
            "       and not attisdropped and has_column_privilege(%s, attname, 'update') order by 1)",
            [table] * 5,
        )
        assert cursor.fetchone() == (True, False, False, sorted(APPEND_ONLY[table]))


def test_the_audit_trail_refuses_its_own_correction(world):
    row = AuditRow.objects.create(at=dt.datetime.now(dt.UTC), action="x", object_kind="x", object_id="1")
    with pytest.raises(ProgrammingError, match="permission denied"):
        AuditRow.objects.filter(pk=row.pk).update(action="y")
    with pytest.raises(ProgrammingError, match="permission denied"):
        row.delete()


@pytest.mark.parametrize(
    "attempt",
    [
        "select * from lianfang_scope_key",
        "update lianfang_scope_key set inner_pad = ''",
        "create or replace function lianfang_scope() returns text[] language sql as $$ select '{}'::text[] $$",
        "create function public.mine() returns int language sql as $$ select 1 $$",
        "alter table register_person disable row level security",
        "alter table register_person no force row level security",
        "drop policy scope on register_person",
        "create policy open on register_person using (true)",
        "truncate register_person cascade",
        "set session authorization lianfang_owner",
        "set role lianfang_owner",
        "alter role lianfang_app bypassrls",
    ],
)
def test_the_app_role_cannot_take_the_wall_down(world, attempt):
    with (
        pytest.raises(
            ProgrammingError, match=r"permission denied|must be owner|must be superuser|only roles"
        ),
        connection.cursor() as cursor,
    ):
        cursor.execute(attempt)


def test_row_security_cannot_be_switched_off_for_a_session(world):
    with connection.cursor() as cursor:
        cursor.execute("set row_security = off")
        with pytest.raises(ProgrammingError, match="row-level security"):
            cursor.execute("select count(*) from register_person")


def test_the_function_looks_nothing_up_in_a_schema_of_the_caller(world):
    """SECURITY DEFINER with a search path of the caller's would take his table for the key."""
    body = f"1;{int(time.time()) + 60};0;x;{ROOT},{ROOT[:-1]}/,~,~,~,~,~,~"
    token = f"{body};{hmac.new(b'', body.encode(), hashlib.sha256).hexdigest()}"
    with raises(FORGED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "create temporary table lianfang_scope_key (id smallint, inner_pad bytea, outer_pad bytea);"
            "insert into pg_temp.lianfang_scope_key values (1, %s, %s);"
            "select set_config('lianfang.token', %s, true); select count(*) from register_person",
            [b"\x36" * 64, b"\x5c" * 64, token],
        )


# ---------- sealed fields ----------


def test_the_database_holds_no_id_number_and_no_phone_in_the_clear(world, superuser_dsn):
    with world.as_root():
        person = world.people("杨梅村/1组/1")[0]
        person.id_number, person.phone = "11010519491231002X", "13900000000"
        person.save()
        assert Person.objects.get(pk=person.pk).id_number == "11010519491231002X"
    with psycopg.connect(superuser_dsn) as superuser:
        row = superuser.execute(
            "select id_number, phone from register_person where id = %s", [person.pk]
        ).fetchone()
    assert b"11010519491231002X" not in row[0]
    assert b"13900000000" not in row[1]
    assert row[0][2:10] == b"register"


def test_a_sealed_value_moved_to_another_column_does_not_open(world):
    """The purpose is bound in: a phone cannot be put in the place of an id."""
    with world.as_root():
        person = world.people("杨梅村/1组/1")[0]
        person.phone = "13900000000"
        person.save()
        with connection.cursor() as cursor:
            cursor.execute("update register_person set id_number = phone where id = %s", [person.pk])
        with pytest.raises(InvalidTag):
            Person.objects.get(pk=person.pk)
        person.save()


def test_keys_are_files_that_only_their_account_reads():
    for name in keys.STANDING:
        assert (keys.folder() / f"{name}.key").stat().st_mode & 0o077 == 0
