from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import new_folder
from tests.start.running import command


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that does not exist yet."""
    folder = new_folder()
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def first_home() -> Path:
    """An installation made once by the command itself; the tests work on copies, which saves making it again."""
    home = new_folder() / "home"
    done = command(home, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    return home


@pytest.fixture
def made_home(first_home: Path, home: Path) -> Path:
    """A home with a database, stopped, up to date and empty."""
    return copied(first_home, home)


def copied(made: Path, home: Path) -> Path:
    subprocess.run(["cp", "-a", str(made), str(home)], check=True)
    return home
