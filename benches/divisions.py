"""K1: the national division file, 665,276 rows, beside a plain COPY of the same rows."""

from __future__ import annotations

import csv
import lzma
import os
import shutil
import tempfile
from pathlib import Path

from benches.setting import Installation, report, seconds

NATIONAL = Path(os.environ.get("LIANFANG_SHARED", Path(__file__).resolve().parents[2] / "shared")) / (
    "data/divisions/national_2023.csv.xz"
)
ROWS = 665_276


def run(installation: Installation) -> None:
    from lianfang.areas.loading import load_file
    from lianfang.areas.models import Area

    if not NATIONAL.exists():
        print(
            f"K1   skipped: {NATIONAL.name} is not here; set LIANFANG_SHARED to the folder that holds data/"
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "national.csv"
        with lzma.open(NATIONAL, "rb") as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        ours = seconds(lambda: load_file(plain))
        rival = seconds(lambda: _copy(installation, plain))
    assert Area.objects.count() == ROWS, Area.objects.count()
    report(
        "K1",
        f"{ROWS:,} areas",
        f"{ours:.1f} s, plain COPY {rival:.1f} s (×{ours / rival:.1f})",
        "≤ 60 s",
        is_met=ours <= 60,
    )


def _copy(installation: Installation, file: Path) -> None:
    with installation.superuser() as database, file.open(encoding="utf-8") as text:
        database.execute("create table rival (code text primary key, name text, level text, parent text)")
        with database.cursor().copy("copy rival from stdin") as copy:
            for row in list(csv.reader(text))[1:]:
                copy.write_row(row)
        database.execute("drop table rival")
