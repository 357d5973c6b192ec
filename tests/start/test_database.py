"""Roles and rights: the app may read and write rows and nothing else; and the test suite itself runs as the app."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from lianfang.core import database
from lianfang.core.problems import Problem


def _one(dsn: str, statement: str) -> object:
    with psycopg.connect(dsn) as session:
        row = session.execute(statement).fetchone()
    return row[0] if row else None


@pytest.mark.django_db
def test_tests_run_as_the_app_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("lianfang_app", False)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE django_content_type CASCADE",
        "ALTER TABLE django_content_type ADD COLUMN extra int",
        "DROP TABLE django_content_type",
        "CREATE TABLE mine (id int)",
        "SET ROLE lianfang_owner",
        "CREATE ROLE another",
        "ALTER ROLE lianfang_app BYPASSRLS",
        "ALTER TABLE django_content_type DISABLE ROW LEVEL SECURITY",
    ],
)
def test_app_may_not(app_dsn: str, statement: str) -> None:
    with psycopg.connect(app_dsn) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_app_owns_nothing(superuser_dsn: str) -> None:
    owned = (
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = relowner WHERE rolname = 'lianfang_app'"
    )
    assert _one(superuser_dsn, owned) == 0


def test_app_has_truncate_on_no_table(superuser_dsn: str) -> None:
    with psycopg.connect(superuser_dsn) as superuser:
        rows = superuser.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege('lianfang_app', oid, 'TRUNCATE')"
        ).fetchall()
    assert rows == []


def test_table_made_later_is_the_app_s_to_use_without_a_grant(
    committed_db: str, owner_dsn: str, app_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as owner:
        owner.execute("CREATE TABLE later (id serial, text text)")
    with psycopg.connect(app_dsn) as app:
        app.execute("INSERT INTO later (text) VALUES ('a'); UPDATE later SET text = 'b'; DELETE FROM later")


@pytest.mark.parametrize("strength", ["SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB"])
def test_strong_app_role_stops_the_start(superuser_dsn: str, owner_dsn: str, strength: str) -> None:
    with psycopg.connect(superuser_dsn, autocommit=True) as superuser, psycopg.connect(owner_dsn) as owner:
        superuser.execute(f"ALTER ROLE lianfang_app {strength}")
        try:
            with pytest.raises(Problem) as refused:
                database._refuse_strong_app_role(owner)
            assert refused.value.code == "start.app_role_too_strong"
        finally:
            superuser.execute(f"ALTER ROLE lianfang_app NO{strength}")


def test_app_that_may_become_somebody_strong_stops_the_start(superuser_dsn: str, owner_dsn: str) -> None:
    with psycopg.connect(superuser_dsn, autocommit=True) as superuser, psycopg.connect(owner_dsn) as owner:
        superuser.execute("CREATE ROLE strong BYPASSRLS ROLE lianfang_app")
        try:
            with pytest.raises(Problem):
                database._refuse_strong_app_role(owner)
        finally:
            superuser.execute("DROP ROLE strong")
        database._refuse_strong_app_role(owner)


def test_password_is_kept_private_and_not_made_twice(tmp_path: Path) -> None:
    first = database._app_password(tmp_path / "keys")
    assert database._app_password(tmp_path / "keys") == first
    assert (tmp_path / "keys" / "app_password").stat().st_mode & 0o077 == 0


def test_login_is_replaced_in_every_shape_of_url() -> None:
    assert database.with_login("postgresql://o:p@db:5433/x", "a", "b/c") == "postgresql://a:b%2Fc@db:5433/x"
    assert database.with_login("postgresql://o@/x?host=%2Frun", "a", "b") == "postgresql://a:b@/x?host=%2Frun"


def test_committed_db_is_a_copy_that_is_thrown_away_1(committed_db: str) -> None:
    _add_one_and_assert_alone()


def test_committed_db_is_a_copy_that_is_thrown_away_2(committed_db: str) -> None:
    _add_one_and_assert_alone()


def _add_one_and_assert_alone() -> None:
    assert not ContentType.objects.filter(app_label="planted").exists()
    ContentType.objects.create(app_label="planted", model="planted")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        assert cursor.fetchone() == (True,), "no test transaction is open: the row is committed"


@pytest.mark.django_db
def test_ordinary_test_is_rolled_back_1() -> None:
    assert not ContentType.objects.filter(app_label="planted").exists()
    ContentType.objects.create(app_label="planted", model="planted")


@pytest.mark.django_db
def test_ordinary_test_is_rolled_back_2() -> None:
    assert not ContentType.objects.filter(app_label="planted").exists()
    ContentType.objects.create(app_label="planted", model="planted")
