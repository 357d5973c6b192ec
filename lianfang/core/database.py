"""Making a database ready: the app's role, what it may do, and the newest tables.

Three roles: a superuser (only the embedded server has one we know, and nothing uses it after the first
start), the owner (owns database and tables, runs migrations) and the app (reads and writes rows, sees
only its scope). The web server and the worker know the app's URL alone.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from lianfang.core import keys
from lianfang.core.embedded import APP
from lianfang.core.problems import Problem


def prepare(owner_url: str, keys_folder: Path) -> str:
    """Make role, rights and tables of the database at `owner_url`; returns the app's URL. Can be repeated."""
    password = _app_password(keys_folder)
    with connect(owner_url) as owner:
        _refuse_lost_keys(owner, keys_folder)
        _ensure_app_role(owner, password)
        _grant(owner)
        _refuse_strong_app_role(owner)
    app_url = with_login(owner_url, APP, password)
    _try_app_login(app_url)
    migrate(owner_url, app_url)
    return app_url


def connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise Problem("start.database_unreachable", detail=one_line(error)) from error


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def migrate(owner_url: str, app_url: str) -> None:
    """Run what is pending as the owner, in a process of its own: the only one of Django that holds its URL."""
    environment = {**os.environ, "LIANFANG_OWNER_URL": owner_url, "LIANFANG_APP_URL": app_url}
    environment.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.config.settings")
    done = subprocess.run(
        [sys.executable, "-m", "lianfang.core.migrating"],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        if os.environ.get("LIANFANG_DEBUG") == "1":
            print(done.stderr, file=sys.stderr)
        raise Problem("start.migration_failed", detail=lines[-1])


def _refuse_lost_keys(owner: psycopg.Connection, keys_folder: Path) -> None:
    """A database with tables and no keys for it: new keys would be made, and could read nothing of the old."""
    row = owner.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return
    for name in keys.STANDING:
        if not (keys_folder / f"{name}.key").exists():
            raise Problem("start.keys_missing", name=f"{name}.key")


def _try_app_login(app_url: str) -> None:
    try:
        psycopg.connect(app_url, connect_timeout=10).close()
    except psycopg.Error as error:
        raise Problem("start.app_role_refused", role=APP, detail=one_line(error)) from error


def _app_password(keys_folder: Path) -> str:
    """Written before the role is made, so that a killed start cannot lose it."""
    keys_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = keys_folder / "app_password"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    password = secrets.token_urlsafe(24)
    with os.fdopen(handle, "w") as file:
        file.write(password)
        file.flush()
        os.fsync(file.fileno())
    return password


def _ensure_app_role(owner: psycopg.Connection, password: str) -> None:
    if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone():
        owner.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(APP), sql.Literal(password))
        )


def _grant(owner: psycopg.Connection) -> None:
    """Rights are set as defaults before the first table exists, so that no migration can forget them.

    TRUNCATE is not among them: it would pass by row-level security.
    """
    row = owner.execute("SELECT current_database()").fetchone()
    names = {"app": sql.Identifier(APP), "database": sql.Identifier(row[0] if row else "")}
    for statement in (
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        owner.execute(sql.SQL(statement).format(**names))


def _refuse_strong_app_role(owner: psycopg.Connection) -> None:
    """Row-level security binds the app only while it can neither skip it nor become somebody who can."""
    row = owner.execute(
        """
        SELECT bool_or(become.rolsuper OR become.rolbypassrls OR become.rolcreaterole OR become.rolcreatedb
                       OR become.rolreplication OR become.rolname = current_user)
        FROM pg_roles app JOIN pg_roles become ON pg_has_role(app.oid, become.oid, 'MEMBER')
        WHERE app.rolname = %s
        """,
        [APP],
    ).fetchone()
    if row is None or row[0] is not False:
        raise Problem("start.app_role_too_strong", role=APP)


def with_login(url: str, role: str, password: str) -> str:
    """The same address with another login."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{address}"))
