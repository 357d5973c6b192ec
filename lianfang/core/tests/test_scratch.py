"""What was laid down for a reader is found by nobody afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lianfang.core.scratch import scratch, sweep

KILLED = """
import os, signal
from lianfang.core.scratch import scratch
with scratch() as folder:
    (folder / "list.csv").write_text("names")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_it_is_this_accounts_alone_and_gone_at_the_end():
    with scratch() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "list.csv").write_text("names")
    assert not folder.exists()


def test_what_a_killed_process_left_goes_with_the_next_one(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    left = Path(done.stdout.strip())
    assert (left / "list.csv").exists()
    with scratch():
        assert not left.exists()


def test_what_is_in_use_stays():
    with scratch() as first, scratch() as second:
        assert sweep() == 0
        assert first.exists()
        assert second.exists()


def test_no_folder_of_somebody_elses_name_is_touched(tmp_path: Path):
    other = tmp_path / "lianfang-of-the-operator"
    other.mkdir()
    assert sweep() == 0
    assert other.exists()
