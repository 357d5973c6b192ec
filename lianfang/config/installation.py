"""One installation: its home folder, its port, its database; opened by every command that needs them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lianfang.core import cluster, database
from lianfang.core.embedded import EmbeddedPostgres
from lianfang.core.problems import Problem

DEFAULT_PORT = 8300
LEAST_FREE_BYTES = 200 * 1024 * 1024  # one write-ahead log file of a busy hour, and room to say so


@dataclass(frozen=True)
class Installation:
    home: Path
    postgres: EmbeddedPostgres | None  # None: the county's own server
    app_url: str


def home_folder(default_name: str = "lianfang") -> Path:
    """`LIANFANG_HOME`, else a folder of the account. Set for every process started from here."""
    default = Path.home() / ".local" / "share" / default_name
    home = Path(os.environ.get("LIANFANG_HOME") or default).expanduser().absolute()
    os.environ["LIANFANG_HOME"] = str(home)
    return home


@contextmanager
def opened(
    home: Path, *, before: Callable[[EmbeddedPostgres | None], None] | None = None
) -> Iterator[Installation]:
    """The database, running, with the newest tables; an embedded one that nobody else uses is stopped after. `before`:
    done with the running database while its tables are still the old ones."""
    cluster.make_home(home)
    refuse_full_disk(home)
    if is_demo(home):
        os.environ["LIANFANG_DEMO"] = "1"
    outside = os.environ.get("LIANFANG_DATABASE_URL")
    postgres = None if outside else EmbeddedPostgres(home)
    try:
        if postgres:
            postgres.start()
        if before:
            before(postgres)
        app_url = database.prepare(outside or owner_url(postgres), home / "keys")
        os.environ["LIANFANG_APP_URL"] = app_url
        yield Installation(home, postgres, app_url)
    finally:
        if postgres:
            postgres.stop()


def owner_url(postgres: EmbeddedPostgres | None) -> str:
    return os.environ["LIANFANG_DATABASE_URL"] if postgres is None else postgres.owner_url


def refuse_full_disk(folder: Path, needed: int = LEAST_FREE_BYTES) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Problem("start.disk_full", path=folder, free=free // (1024 * 1024))


def refuse_taken_port(host: str, port: int, patience: float = 1.0) -> None:
    """Asked before anything is started. The patience is for our own server, killed a moment ago."""
    deadline = time.monotonic() + patience
    while True:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise Problem("start.port_taken", port=port) from error
            time.sleep(0.1)


def demo_marker(home: Path) -> Path:
    return home / "demo.json"


def is_demo(home: Path) -> bool:
    """A home once used for the demo stays one: its people are made up, and every page has to say so."""
    return demo_marker(home).exists()


def read_demo_marker(home: Path) -> dict[str, object]:
    return dict(json.loads(demo_marker(home).read_text())) if is_demo(home) else {}


def write_demo_marker(home: Path, *, people: int | None, loaded: bool) -> None:
    half = demo_marker(home).with_suffix(".new")
    half.write_text(json.dumps({"people": people, "loaded": loaded}))
    half.replace(demo_marker(home))
