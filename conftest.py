"""Real PostgreSQL for every test that asks for it, seen as the app sees it: through the app's role.

One server is started when the first test needs it (or `LIANFANG_TEST_DATABASE_URL` names one: the URL of a superuser).
`lianfang_test` is made once. `db` wraps a test in a transaction that is rolled back; `committed_db` gives it a
database of its own for what has to be committed, seen by several connections, or survive a kill.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from hypothesis import HealthCheck
from hypothesis import settings as property_settings
from psycopg import sql
from pytest_django import DjangoDbBlocker

from lianfang.accounts.devices.codes import authorization
from lianfang.accounts.devices.enrolling import PhoneFacts, add_device
from lianfang.accounts.models import Device, User
from lianfang.core import clock, database
from lianfang.core.embedded import APP, OWNER, EmbeddedPostgres
from lianfang.questions import queries
from tests import environment
from tests.world import TONIGHT, World, build

TEST_DATABASE = "lianfang_test"

# How long an example takes says how busy the machine is, not whether the property holds.
property_settings.register_profile("lianfang", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if "CI" not in os.environ:  # there it has a profile of its own, with the same examples each time
    property_settings.load_profile("lianfang")


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """The real hash takes a second of a core on purpose; every account of a test would pay it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass(frozen=True)
class Server:
    """Logins of a PostgreSQL server for tests."""

    superuser_url: str
    owner_login: str

    def superuser(self, name: str) -> str:
        return _with_database(self.superuser_url, name)

    def owner(self, name: str) -> str:
        return _with_database(self.owner_login, name)

    def app(self, name: str) -> str:
        password = (environment.HOME / "keys" / "app_password").read_text()
        return database.with_login(self.owner(name), APP, password)

    def run(self, statement: str, **names: str) -> None:
        """One statement as superuser outside any transaction; `names` fill its identifiers."""
        with psycopg.connect(self.superuser("postgres"), autocommit=True) as superuser:
            identifiers = {key: sql.Identifier(name) for key, name in names.items()}
            superuser.execute(sql.SQL(statement).format(**identifiers))


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if outside := os.environ.get("LIANFANG_TEST_DATABASE_URL"):
        yield _outside_server(outside)
        return
    postgres = EmbeddedPostgres(environment.HOME)
    postgres.start()
    try:
        yield Server(postgres.superuser_url, postgres.owner_url)
    finally:
        connections.close_all()
        postgres.stop()


def _outside_server(url: str) -> Server:
    """Somebody's own PostgreSQL: make the owner anew, and forget the app's role with its unknown password."""
    password = "for-tests-only"
    server = Server(url, database.with_login(url, OWNER, password))
    server.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=TEST_DATABASE)
    server.run("DROP ROLE IF EXISTS {name}", name=APP)
    server.run("DROP ROLE IF EXISTS {name}", name=OWNER)
    server.run(f"CREATE ROLE {{name}} LOGIN NOSUPERUSER CREATEROLE PASSWORD '{password}'", name=OWNER)
    return server


@pytest.fixture(scope="session")
def prepared_server(server: Server) -> Server:
    """The server with `lianfang_test`: roles, rights, all tables, no rows but those of migrations."""
    server.run(
        "CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'",
        name=TEST_DATABASE,
        owner=OWNER,
    )
    database.prepare(server.owner(TEST_DATABASE), environment.HOME / "keys")
    return server


def _point_default_at(url: str) -> None:
    """Django's one connection, closed and led to another database."""
    connections["default"].close()
    address = settings.DATABASES["default"] | _django_address(url)
    connections["default"].settings_dict.update(address)


def _django_address(url: str) -> dict[str, object]:
    from lianfang.config.settings import database as django_settings

    wanted = django_settings(url)
    return {key: wanted[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}


@pytest.fixture(scope="session")
def django_db_setup(prepared_server: Server, django_db_blocker: DjangoDbBlocker) -> None:
    """Instead of pytest-django's: the tables were made by the owner, the tests run as the app."""
    _point_default_at(prepared_server.app(TEST_DATABASE))


@contextmanager
def on_a_copy(server: Server, blocker: DjangoDbBlocker, name: str) -> Iterator[None]:
    """Django's connection on a copy of the prepared database, dropped afterwards."""
    connections["default"].close()
    server.run(
        "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}",
        name=name,
        owner=OWNER,
        template=TEST_DATABASE,
    )
    server.run("GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {app}", name=name, app=APP)
    with blocker.unblock():
        _point_default_at(server.app(name))
        _forget_definitions()
        try:
            yield
        finally:
            _point_default_at(server.app(TEST_DATABASE))
            _forget_definitions()
            server.run("DROP DATABASE {name} WITH (FORCE)", name=name)


def _forget_definitions() -> None:
    """A process keeps forms by primary key, which one database never uses twice; two copies of one do."""
    for kept in (queries._form, queries._known):
        kept.cache_clear()


def _name_of(request: pytest.FixtureRequest) -> str:
    return f"{TEST_DATABASE}_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**8}"


@pytest.fixture
def committed_db(
    prepared_server: Server,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """A copy of the prepared database where the test may commit; yields its name, drops it afterwards."""
    name = _name_of(request)
    with on_a_copy(prepared_server, django_db_blocker, name):
        yield name


@pytest.fixture(scope="module")
def committed_module(
    prepared_server: Server,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """The same for a whole file, whose tests must not disturb each other."""
    name = _name_of(request)
    with on_a_copy(prepared_server, django_db_blocker, name):
        yield name


def _current_database() -> str:
    return str(connections["default"].settings_dict["NAME"])


@pytest.fixture
def superuser_dsn(prepared_server: Server, django_db_setup: None) -> str:
    """A login that row-level security does not bind, to the database that the test uses at this moment."""
    return prepared_server.superuser(_current_database())


@pytest.fixture
def owner_dsn(prepared_server: Server, django_db_setup: None) -> str:
    return prepared_server.owner(_current_database())


@pytest.fixture
def app_dsn(prepared_server: Server, django_db_setup: None) -> str:
    return prepared_server.app(_current_database())


@pytest.fixture
def world(db: None) -> World:
    """The named cast in its small county (tests/world.py), in the transaction of the test."""
    return build()


@pytest.fixture
def device_of() -> Callable[..., dict[str, str]]:
    """`device_of(user)`: headers of a phone that was enrolled for this user. Needs no scope."""

    def enrolled(user: User, **fields: object) -> dict[str, str]:
        with clock.frozen(TONIGHT):
            made = add_device(
                user=user, phone=PhoneFacts("Android · Chrome 131", "1.0"), works_until=None, by=None
            )
        if fields:
            Device.objects.filter(pk=made.device.pk).update(**fields)
        return {"Authorization": authorization(made.device.pk, made.secret)}

    return enrolled
