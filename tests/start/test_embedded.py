"""The embedded PostgreSQL: nothing is lost by `kill -9`, and several commands share one server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lianfang.core import cluster
from lianfang.core.embedded import DATABASE, EmbeddedPostgres
from lianfang.core.problems import Problem


@pytest.fixture
def postgres(made_home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(made_home)
    server.start()
    yield server
    server.stop()


def _note(server: EmbeddedPostgres, text: str) -> None:
    with psycopg.connect(server.owner_url) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        owner.execute("INSERT INTO note VALUES (%s)", [text])


def _notes(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.owner_url) as owner:
        return [text for (text,) in owner.execute("SELECT text FROM note ORDER BY text")]


def _kill(server: EmbeddedPostgres) -> int:
    pid = cluster.postmaster_pid(server.place.data)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while cluster.postmaster_pid(server.place.data):
        time.sleep(0.01)
    return pid


def test_owner_is_not_a_superuser_and_durability_is_on(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.owner_url) as owner:
        rights = owner.execute(
            "SELECT rolsuper, rolcreatedb, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, False, False, True)
        settings = dict(
            owner.execute(
                "SELECT name, setting FROM pg_settings"
                " WHERE name IN ('synchronous_commit', 'fsync', 'full_page_writes', 'data_checksums', 'listen_addresses')"
            ).fetchall()
        )
    assert settings == {
        "synchronous_commit": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
    }


def test_socket_is_behind_a_private_folder(postgres: EmbeddedPostgres) -> None:
    folder = postgres.place.socket_folder
    assert folder.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(folder)) <= cluster.SOCKET_FOLDER_LIMIT


def test_killed_postmaster_comes_back_with_every_commit(postgres: EmbeddedPostgres) -> None:
    _note(postgres, "before")
    _kill(postgres)
    assert postgres.ensure_running()
    assert _notes(postgres) == ["before"]
    assert not postgres.ensure_running()


def test_new_start_after_a_kill_though_the_lock_file_names_a_stranger(made_home: Path) -> None:
    first = EmbeddedPostgres(made_home)
    first.start()
    _note(first, "kept")
    _kill(first)
    lock_file = first.place.data / "postmaster.pid"
    lines = lock_file.read_text().splitlines()
    lines[0] = "1"  # after a restart of the machine the number may belong to anybody
    lock_file.write_text("\n".join(lines) + "\n")
    second = EmbeddedPostgres(made_home)
    second.start()
    try:
        assert _notes(second) == ["kept"]
    finally:
        first.stop()
        second.stop()


def test_second_user_joins_and_only_the_last_one_stops_it(made_home: Path) -> None:
    first, second = EmbeddedPostgres(made_home), EmbeddedPostgres(made_home)
    first.start()
    pid = cluster.postmaster_pid(first.place.data)
    second.start()
    assert cluster.postmaster_pid(second.place.data) == pid
    first.stop()
    _note(second, "still here")
    second.stop()
    assert cluster.postmaster_pid(second.place.data) is None
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(second.owner_url)


def test_killed_parent_leaves_a_server_that_the_next_start_joins(made_home: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from lianfang.core.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1])); server.start(); print('ready', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(made_home)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    parent.kill()
    parent.wait()
    server = EmbeddedPostgres(made_home)
    server.start()
    _note(server, "joined")
    assert _notes(server) == ["joined"]
    server.stop()
    assert cluster.postmaster_pid(server.place.data) is None


def test_start_killed_within_initdb_starts_anew(home: Path) -> None:
    cluster.make_home(home)
    half = home / "pg.making"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(home)
    server.start()
    try:
        assert server.owner_url.endswith("home%2Frun%2Fsocket") or os.geteuid() != 0
        assert psycopg.connect(server.owner_url).info.dbname == DATABASE
    finally:
        server.stop()


def test_other_major_version_is_refused_with_both_numbers(made_home: Path) -> None:
    server = EmbeddedPostgres(made_home)
    server.start()
    server.stop()
    (server.place.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(Problem) as refused:
        EmbeddedPostgres(made_home).start()
    assert refused.value.code == "start.postgres_version"
    assert refused.value.payload["made_by"] == "12"


def test_long_home_gets_a_short_socket_folder(home: Path) -> None:
    server = EmbeddedPostgres(home / ("long" * 20))
    server.start()
    try:
        assert len(os.fsencode(server.place.socket_folder)) <= cluster.SOCKET_FOLDER_LIMIT
        _note(server, "reached")
    finally:
        server.stop()
        server.place.socket_folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its rights away")
def test_home_that_only_root_may_enter_keeps_its_data_elsewhere(home: Path) -> None:
    home.parent.chmod(0o700)
    server = EmbeddedPostgres(home)
    server.start()
    try:
        _note(server, "reached")
        assert (home / "pg").is_symlink()
        assert home.parent.stat().st_mode & 0o777 == 0o700  # opening somebody's folder is not ours to do
        _kill(server)
        assert server.ensure_running()
        assert _notes(server) == ["reached"]
    finally:
        server.stop()
        outside = server.place.data.parent
        assert outside.parent == cluster.SHARED_STATE / "clusters"
        subprocess.run(["rm", "-r", str(outside)], check=True)


@pytest.mark.skipif("LIANFANG_PG_BIN" in os.environ, reason="only the wheel's binaries are ever copied")
def test_copied_binaries_bring_their_libraries_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SHARED_STATE", tmp_path / "shared")
    copy = cluster._copied_installation(cluster.binaries())
    assert copy.is_relative_to(tmp_path)
    assert cluster._copied_installation(cluster.binaries()) == copy, "copied once"
    for name in ("postgres", "initdb"):
        subprocess.run([copy / name, "--version"], check=True, env={})
    assert len(list((tmp_path / "shared").iterdir())) == 1, "nothing half-made is left"


def test_stop_waits_for_nobody_and_keeps_what_was_committed(made_home: Path) -> None:
    server = EmbeddedPostgres(made_home)
    server.start()
    _note(server, "committed")
    with psycopg.connect(server.owner_url) as busy:
        busy.execute("INSERT INTO note VALUES ('open transaction')")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < cluster.ORPHAN_SECONDS
        busy.close()
    server.start()
    try:
        assert _notes(server) == ["committed"]
    finally:
        server.stop()
