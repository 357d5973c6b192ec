"""The wheel runs by itself: what the code reads at run time is in it, what only developers need is not."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNTIME_KINDS = {".html", ".css", ".js", ".svg", ".csv", ".toml", ".json", ".txt", ".po"}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("lianfang-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def _needed_at_run_time() -> list[str]:
    named = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    package = [name for name in named.splitlines() if name.startswith("lianfang/") and "/tests/" not in name]
    data = [f"lianfang/{name}" for name in named.splitlines() if name.startswith(("contract/", "protocols/"))]
    return [name for name in package + data if Path(name).suffix in RUNTIME_KINDS | {".py"}]


def test_every_file_of_the_rooms_and_their_data_is_in_it(unpacked: Path) -> None:
    present_here = [name for name in _needed_at_run_time() if _source(name).exists()]
    assert present_here
    missing = [name for name in present_here if not (unpacked / name).exists()]
    assert missing == []


def _source(name: str) -> Path:
    inside = ROOT / name
    return inside if inside.exists() else ROOT / name.removeprefix("lianfang/")


def test_no_tests_and_no_secrets_are_in_it(unpacked: Path) -> None:
    names = [str(path.relative_to(unpacked)) for path in unpacked.rglob("*")]
    assert not [name for name in names if "/tests/" in name or name.endswith((".key", "app_password"))]


def test_it_finds_its_data_away_from_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    code = (
        "import lianfang, sys; from lianfang.core.resources import path\n"
        "assert lianfang.__file__.startswith(sys.argv[1]), lianfang.__file__\n"
        "print(path('contract'))"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            code,
            str(unpacked),
        ],  # -S: without the editable install of this checkout
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked), "PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(unpacked / "lianfang" / "contract")


def test_the_phone_app_is_in_it(unpacked: Path) -> None:
    if not (ROOT / "phone" / "dist").is_dir():
        pytest.skip("the phone app is not built in this checkout (make setup)")
    built = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "phone" / "dist").rglob("*") if path.is_file()
    }
    assert {name for name in built if not (unpacked / "lianfang" / name).exists()} <= {"phone/dist/.built"}
    assert not (unpacked / "lianfang" / "phone" / "src").exists()
