"""K3 and K4: a register of 200,000 rows of 15 columns, in from xlsx and out to xlsx, beside plain readers and writers.

The sheet is made of invented people of the demo county. Times are of this process; memory is that of the command in
processes of its own (`lianfang register …` and its reading child), the largest sum of proportional set sizes seen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benches.setting import Installation, in_turns, ratio, report, seconds

ROWS = 200_000
HEADERS = (
    *("编号", "姓名", "与户主关系", "性别", "出生日期", "身份证号码", "联系电话"),
    *("乡镇街道", "村社区", "组", "小区", "楼栋", "房号", "户编号", "是否常住"),
)
COUNTY = "430581"


def run(installation: Installation) -> None:
    from lianfang.areas.loading import load_file
    from lianfang.demo import places

    with tempfile.TemporaryDirectory(dir=installation.home) as name:
        folder = Path(name)
        areas = folder / "areas.csv"
        lines = [f"{code},{name},{level},{parent}" for code, name, level, parent in places.county()]
        areas.write_text("\n".join(["code,name,level,parent", *lines]), encoding="utf-8")
        load_file(areas)
        rows = list(islice(_people(), ROWS))
        sheet = folder / "register.xlsx"
        _write_plain(rows, sheet)
        _read_and_check(installation, sheet)
        _write(rows, folder)
        del rows
        _store(installation, sheet)
        _export(folder)


def _people() -> Iterator[tuple[Any, ...]]:
    """Rows of the demo's people, as a county's own sheet would have them."""
    from lianfang.demo import people, places

    relations = {
        "head": "户主",
        "spouse": "配偶",
        "child": "子女",
        "grandchild": "孙辈",
        "parent": "父母",
        "tenant": "租客",
        "other": "其他",
    }
    towns = {code: name for code, name, level, _ in places.county() if level == "township"}
    for batch in people.population(ROWS + 5000):
        names = {code: (name, level, parent) for code, name, level, parent in batch.areas}
        doors = {door.key: door for door in batch.doors}
        houses = {house.key: (house, doors[house.door_key]) for house in batch.households}
        for person in batch.persons:
            house, door = houses[person.household_key]
            chain = {"group": "", "estate": "", "building": ""}
            code = door.area_code
            while code in names:
                name, level, code = names[code]
                chain[level] = name
            yield (
                person.reference,
                person.name,
                relations[person.relation],
                "男" if person.sex == "male" else "女",
                person.birth_on.isoformat(),
                person.id_number,
                person.phone or "",
                towns[batch.village.code[:9]],
                batch.village.name,
                chain["group"] or chain.get("grid", ""),
                chain["estate"],
                chain["building"],
                door.label,
                house.reference,
                "是" if person.is_living_here else "否",
            )


def _write_plain(rows: list[tuple[Any, ...]], out: Path) -> None:
    import rustpy_xlsxwriter

    rustpy_xlsxwriter.write_worksheet((dict(zip(HEADERS, row, strict=True)) for row in rows), str(out))


# ---------- K3 ----------


def _read_and_check(installation: Installation, sheet: Path) -> None:
    from lianfang.areas.queries import get_area
    from lianfang.core.scope import crossing
    from lianfang.register import importing

    def ours() -> None:
        with crossing("bench", actor_id=None):
            outcome = importing.check(sheet, county=get_area(COUNTY))[1]
        assert (outcome.rows, outcome.taken) == (ROWS, ROWS), (outcome.rows, outcome.taken)

    a, b = in_turns(ours, lambda: _read_plain(sheet), times=3)
    took, rival = sorted(a)[1], sorted(b)[1]
    report(
        "K3",
        f"{ROWS:,} rows × {len(HEADERS)} read and checked",
        f"{took:.1f} s; calamine reading alone {rival:.1f} s (×{ratio(a, b):.1f})",
        "≤ 5 s",
        is_met=took <= 5,
    )
    peak = _peak_of(
        [*_command(), "register", "load", str(sheet), "--county", COUNTY, "--dry-run"], installation
    )
    report(
        "K3", "memory of reading and checking, both processes", f"{peak} MiB", "≤ 400 MB", is_met=peak <= 381
    )


def _read_plain(sheet: Path) -> None:
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(sheet).get_sheet_by_index(0).to_python()
    assert len(rows) == ROWS + 1


def _store(installation: Installation, sheet: Path) -> None:
    """By the command, in a process of its own: what it takes in seconds and at most in memory."""
    from lianfang.core.scope import ROOT, Scope, scoped
    from lianfang.register.models import Person

    peak = [0]
    command = [*_command(), "register", "load", str(sheet), "--county", COUNTY]
    took = seconds(lambda: peak.__setitem__(0, _peak_of(command, installation)))
    with scoped(Scope.over([ROOT], purpose="bench")):
        assert Person.objects.count() == ROWS, Person.objects.count()
    report(
        "K3",
        f"{ROWS:,} rows into the database, start of the program included",
        f"{took:.1f} s",
        "≤ 15 s",
        is_met=took <= 15,
    )
    report("K3", "memory of loading, both processes", f"{peak[0]} MiB", "≤ 400 MB", is_met=peak[0] <= 381)
    again = seconds(lambda: _peak_of(command, installation))
    with scoped(Scope.over([ROOT], purpose="bench")):
        assert Person.objects.count() == ROWS, Person.objects.count()
    print(f"K3         the same file again, nothing changes: {again:.1f} s", flush=True)


# ---------- K4 ----------


def _write(rows: list[tuple[Any, ...]], folder: Path) -> None:
    from lianfang.register.exporting import write_table

    out, plain = folder / "out.xlsx", folder / "plain.xlsx"

    def ours() -> None:
        assert write_table(out, HEADERS, rows, sheet="人口底册") == ROWS

    a, b = in_turns(ours, lambda: _write_plain(rows, plain), times=3)
    took, rival = sorted(a)[1], sorted(b)[1]
    peak = _in_fork(ours)
    report(
        "K4",
        f"{ROWS:,} rows × {len(HEADERS)} written",
        f"{took:.1f} s, {peak} MiB more than before; plain rustpy-xlsxwriter {rival:.1f} s (×{ratio(a, b):.2f})",
        "≤ 3 s, ≤ 150 MiB",
        is_met=took <= 3 and peak <= 150,
    )
    _is_right(out, rows)
    print(f"K4         {_office_says(out, folder)}", flush=True)


def _is_right(out: Path, rows: list[tuple[Any, ...]]) -> None:
    """Ids as text, a bold header, frozen, with a filter, and every cell as it was."""
    import zipfile

    from python_calamine import CalamineWorkbook

    read = CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python()
    assert tuple(read[0]) == HEADERS
    for ours, given in zip(read[1:], rows, strict=True):
        assert [str(cell) for cell in ours] == list(given), (ours, given)
    with zipfile.ZipFile(out) as packed:
        start = packed.open("xl/worksheets/sheet1.xml").read(3000).decode()
        assert "<pane" in start
        assert 's="' in start
        assert "<autoFilter" in packed.read("xl/worksheets/sheet1.xml")[-3000:].decode()


def _office_says(out: Path, folder: Path) -> str:
    office = shutil.which("soffice")
    if office is None:
        return "LibreOffice is not here: not opened"
    short = folder / "office"
    done = subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{short}",
            "--headless",
            "--convert-to",
            "csv",
            "--outdir",
            short,
            out,
        ],
        capture_output=True,
        timeout=300,
        check=False,
    )
    made = short / "out.csv"
    count = sum(1 for _ in made.open("rb")) if made.exists() else 0
    assert count == ROWS + 1, (count, done.stderr)
    return f"LibreOffice opens it and finds {count:,} lines"


def _export(folder: Path) -> None:
    """The whole way: out of the database, unsealed, into the sheet."""
    from lianfang.areas.queries import get_area
    from lianfang.core.scope import crossing
    from lianfang.register import exporting

    out = folder / "export.xlsx"

    def ours() -> None:
        with crossing("bench", actor_id=None):
            area = get_area(COUNTY)
            count = exporting.export(county=area, out=out, reason="bench", by=None)
        assert count >= ROWS

    took = sorted(seconds(ours) for _ in range(3))[1]
    width = len(exporting.HEADERS)
    print(
        f"K4         the whole export, {ROWS:,} people × {width}, out of the database: {took:.1f} s",
        flush=True,
    )


# ---------- memory ----------


def _command() -> list[str]:
    return [sys.executable, "-m", "lianfang.config.cli"]


def _peak_of(command: list[str], installation: Installation) -> int:
    """MiB that a command and its children held at most, shared pages counted once."""
    environment = {**os.environ, "LIANFANG_HOME": str(installation.home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = _watched(process.pid, lambda: process.poll() is None)
    said = process.stderr.read().decode() if process.stderr else ""
    assert process.wait() == 0, said
    return peak


def _in_fork(work: Callable[[], object]) -> int:
    """MiB that the work needs beyond what this process holds already."""
    child = os.fork()
    if child == 0:
        before = _own_mib()
        stop = threading.Event()
        peak = [before]

        def look() -> None:
            while not stop.wait(0.02):
                peak[0] = max(peak[0], _own_mib())

        watcher = threading.Thread(target=look)
        watcher.start()
        work()
        stop.set()
        watcher.join()
        os._exit(min(255, peak[0] - before))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _own_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def _watched(pid: int, is_running: Callable[[], bool]) -> int:
    peak = 0
    while is_running():
        peak = max(peak, sum(_pss_kib(each) for each in _family(pid)))
        time.sleep(0.05)
    return peak >> 10


def _family(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        try:
            children = Path(f"/proc/{each}/task/{each}/children").read_text().split()
        except OSError:
            continue
        found += [int(child) for child in children]
    return found


def _pss_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
