"""A throw-away installation, and the printing of measurements."""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg


@dataclass(frozen=True)
class Installation:
    """Logins of the database: the app's is the one that row-level security binds."""

    home: Path
    app_url: str
    superuser_url: str

    def superuser(self) -> psycopg.Connection:
        return psycopg.connect(self.superuser_url, autocommit=True)


@contextmanager
def installation() -> Iterator[Installation]:
    """An empty database with all tables, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="lianfang-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        os.environ.update(LIANFANG_HOME=folder, DJANGO_SETTINGS_MODULE="lianfang.config.settings")
        from lianfang.core import database
        from lianfang.core.cluster import make_home
        from lianfang.core.embedded import DATABASE, EmbeddedPostgres

        make_home(home)
        postgres = EmbeddedPostgres(home)
        postgres.start()
        try:
            os.environ["LIANFANG_APP_URL"] = database.prepare(postgres.owner_url, home / "keys")
            django.setup()
            superuser = postgres.superuser_url.replace("/postgres?", f"/{DATABASE}?")
            yield Installation(home, os.environ["LIANFANG_APP_URL"], superuser)
        finally:
            from django.db import connections

            connections.close_all()
            postgres.stop()


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(
    ours: Callable[[], object], rival: Callable[[], object], times: int = 5
) -> tuple[list[float], list[float]]:
    """A B A B …: the machine is noisy, so each pair is measured side by side."""
    a, b = [], []
    for _ in range(times):
        a.append(seconds(ours))
        b.append(seconds(rival))
    return a, b


def median_ms(values: list[float]) -> float:
    return statistics.median(values) * 1000


def percentile_ms(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def ratio(ours: list[float], rival: list[float]) -> float:
    """Median of the ratios pair by pair."""
    return statistics.median(a / b for a, b in zip(ours, rival, strict=True))


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def report(row: str, what: str, measured: str, asked: str, *, is_met: bool) -> None:
    print(f"{row:4} {'met ' if is_met else 'MISS'}  {what}: {measured}  (asked {asked})", flush=True)
