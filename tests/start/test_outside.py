"""A county's own PostgreSQL by `LIANFANG_DATABASE_URL`: passwords are asked for, and we are no superuser there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lianfang.core.database import with_login
from lianfang.core.embedded import EmbeddedPostgres
from tests.start.conftest import copied
from tests.start.running import command

PASSWORD = "for-tests-only"


@pytest.fixture
def owner_url(first_home: Path, home: Path) -> Iterator[str]:
    """A server that wants a password from everybody but its superuser."""
    server = EmbeddedPostgres(copied(first_home, home.with_name("county")))
    server.start()
    access = "local all postgres trust\nlocal all all scram-sha-256\n"
    with psycopg.connect(server.superuser_url, autocommit=True) as superuser:
        # As a county's administrator leaves it: an owner with a password, an empty database, nothing of ours yet.
        superuser.execute("DROP DATABASE lianfang")
        superuser.execute("DROP ROLE lianfang_app")
        superuser.execute("ALTER ROLE lianfang_owner PASSWORD 'for-tests-only'")
        superuser.execute("CREATE DATABASE lianfang OWNER lianfang_owner")
        (server.place.data / "pg_hba.conf").write_text(access)
        superuser.execute("SELECT pg_reload_conf()")
    yield with_login(server.owner_url, "lianfang_owner", PASSWORD)
    server.stop()


def test_owner_makes_the_app_role_with_a_password_of_its_own(home: Path, owner_url: str) -> None:
    for _ in range(2):
        done = command(home, "migrate", LIANFANG_DATABASE_URL=owner_url)
        assert (done.returncode, done.stderr) == (0, "")
    assert not (home / "pg").exists(), "no second server is started"
    password = (home / "keys" / "app_password").read_text()
    with psycopg.connect(with_login(owner_url, "lianfang_app", password)) as app:
        assert app.execute("SELECT current_user").fetchone() == ("lianfang_app",)
        assert app.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)


def test_lost_app_password_is_named_and_not_overwritten(home: Path, owner_url: str) -> None:
    assert command(home, "migrate", LIANFANG_DATABASE_URL=owner_url).returncode == 0
    (home / "keys" / "app_password").write_text("another")
    done = command(home, "migrate", LIANFANG_DATABASE_URL=owner_url)
    assert done.returncode == 1
    assert "app_password" in done.stderr
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stderr


def test_wrong_owner_password_is_one_line(home: Path, owner_url: str) -> None:
    wrong = with_login(owner_url, "lianfang_owner", "wrong-secret")
    done = command(home, "migrate", LIANFANG_DATABASE_URL=wrong)
    assert done.returncode == 1
    assert "LIANFANG_DATABASE_URL" in done.stderr
    assert "wrong-secret" not in done.stderr
    assert done.stderr.count("\n") == 1
