"""What an administrator meets in a terminal: exit codes 0, 1, 2, and one clear line when something is wrong."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

import lianfang
from lianfang.config.commands.demo import _empty
from lianfang.config.installation import read_demo_marker, refuse_full_disk, write_demo_marker
from lianfang.core.embedded import EmbeddedPostgres
from lianfang.core.problems import Problem
from tests.start.running import command, free_port


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["up", "--port", "0"],
        ["up", "--port", "lots"],
        ["areas", "load", "no-such-file.csv"],
        ["areas"],
        ["register", "load", __file__],
        ["register", "export", "--county", "430581", "--out", "x.xlsx"],
        ["user", "add", "somebody", "--role", "grid_worker"],
        ["demo", "--people", "-3"],
    ],
)
def test_bad_usage_is_2_and_touches_nothing(home: Path, arguments: list[str]) -> None:
    done = command(home, *arguments)
    assert done.returncode == 2
    assert "usage: lianfang" in done.stderr
    assert "Traceback" not in done.stderr
    assert not home.exists()


def test_bad_port_in_the_environment_is_bad_usage(home: Path) -> None:
    done = command(home, "up", LIANFANG_PORT="eighty")
    assert done.returncode == 2
    assert "LIANFANG_PORT" in done.stderr


def test_version(home: Path) -> None:
    done = command(home, "version")
    assert (done.returncode, done.stdout) == (0, f"lianfang {lianfang.__version__}\n")


def test_taken_port_is_named_before_anything_is_started(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = command(home, "up", LIANFANG_PORT=str(port))
    _assert_one_line(done.returncode, done.stderr, str(port), "LIANFANG_PORT")
    assert not (home / "pg").exists()


def test_unreachable_database_is_named_without_its_password(home: Path) -> None:
    url = f"postgresql://county:very-secret@127.0.0.1:{free_port()}/lianfang"
    done = command(home, "migrate", LIANFANG_DATABASE_URL=url)
    _assert_one_line(done.returncode, done.stderr, "127.0.0.1", "LIANFANG_DATABASE_URL")
    assert "very-secret" not in done.stderr


def test_home_that_cannot_be_made(home: Path) -> None:
    home.write_text("a file stands where the folder should be")
    done = command(home, "migrate")
    _assert_one_line(done.returncode, done.stderr, str(home), "LIANFANG_HOME")


def test_debug_adds_the_traceback(home: Path) -> None:
    home.write_text("")
    assert "Traceback" in command(home, "migrate", LIANFANG_DEBUG="1").stderr


def test_full_disk_is_refused_with_what_is_left(tmp_path: Path) -> None:
    refuse_full_disk(tmp_path, needed=1)
    with pytest.raises(Problem) as refused:
        refuse_full_disk(tmp_path, needed=1 << 60)
    assert refused.value.code == "start.disk_full"
    assert refused.value.payload["path"] == tmp_path


def test_wrong_binaries_folder(home: Path, tmp_path: Path) -> None:
    done = command(home, "migrate", LIANFANG_PG_BIN=str(tmp_path))
    _assert_one_line(done.returncode, done.stderr, str(tmp_path))


def test_lost_keys_are_not_made_anew(made_home: Path) -> None:
    (made_home / "keys" / "register.key").unlink()
    done = command(made_home, "migrate")
    _assert_one_line(done.returncode, done.stderr, "register.key")
    assert not (made_home / "keys" / "register.key").exists()


def test_a_demo_thrown_away_gets_the_keys_that_it_never_had(made_home: Path) -> None:
    """Of an older version, or ended half way: nothing of it is read any more."""
    write_demo_marker(made_home, people=None, loaded=True)
    (made_home / "keys" / "handover.key").unlink()
    too_few = command(made_home, "demo", "--fresh", "--people", "1", "--port", str(free_port()))
    assert "handover.key" not in too_few.stderr
    assert "1 people are fewer" in too_few.stderr
    assert (made_home / "keys" / "handover.key").exists()


def test_a_demo_ended_while_it_was_thrown_away_is_still_a_demo(made_home: Path) -> None:
    write_demo_marker(made_home, people=None, loaded=True)
    postgres = EmbeddedPostgres(made_home)
    postgres.start()
    try:
        _empty(made_home, postgres)
    finally:
        postgres.stop()
    assert read_demo_marker(made_home) == {"people": None, "loaded": False}


def test_command_stops_the_database_it_started(made_home: Path) -> None:
    assert command(made_home, "migrate").returncode == 0
    assert not (made_home / "pg" / "postmaster.pid").exists()


def test_keys_are_private(made_home: Path) -> None:
    assert (made_home / "keys").stat().st_mode & 0o077 == 0
    for secret in (made_home / "keys").iterdir():
        assert secret.stat().st_mode & 0o077 == 0, secret.name


def _assert_one_line(code: int, stderr: str, *words: str) -> None:
    assert code == 1, stderr
    assert stderr.startswith("lianfang: ")
    assert stderr.count("\n") == 1
    assert "Traceback" not in stderr
    for word in words:
        assert word in stderr


def test_this_suite_is_not_fooled_by_the_account_s_own_installation() -> None:
    assert "lianfang-tests-" in os.environ["LIANFANG_HOME"]
