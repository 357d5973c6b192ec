"""The commands of docs/operating/backup-and-restore.md, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.start.running import command, environment

DOCUMENT = Path(__file__).parents[2] / "docs" / "operating" / "backup-and-restore.md"


def _blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)


def _run(script: str, home: Path, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-euc", script],
        env=environment(home, PATH=path),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_restored_copy_has_the_data_and_can_read_it(made_home: Path, tmp_path: Path) -> None:
    areas = tmp_path / "areas.csv"
    areas.write_text("code,name,level,parent\n43,湖南省,1,\n")
    assert command(made_home, "areas", "load", str(areas)).returncode == 0
    backup, restore = _blocks()[:2]
    _run(backup, made_home, tmp_path)
    packed = {path.name for path in tmp_path.glob("*.tar.gz")}
    assert packed == {"lianfang-data.tar.gz", "lianfang-keys.tar.gz"}
    listing = subprocess.run(
        ["tar", "-tzf", tmp_path / "lianfang-data.tar.gz"], capture_output=True, text=True, check=True
    ).stdout
    assert ".key" not in listing, "the keys lie apart from what they open"

    home = made_home.with_name("restored")
    _run(restore, home, tmp_path)
    again = command(home, "areas", "load", str(areas))
    assert (again.returncode, again.stderr) == (0, "")
    assert "0 added" in again.stdout


def test_a_copy_without_its_keys_is_refused(made_home: Path, tmp_path: Path) -> None:
    backup, restore = _blocks()[:2]
    _run(backup, made_home, tmp_path)
    home = made_home.with_name("restored")
    without_keys = "\n".join(
        line for line in restore.splitlines() if "keys" not in line and "migrate" not in line
    )
    _run(without_keys, home, tmp_path)
    done = command(home, "migrate")
    assert done.returncode == 1
    assert "key" in done.stderr
