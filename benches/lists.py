"""L1 and L2: a pushed list against a register of a million people, made of the demo's kind of people.

L1 is timed from the bytes of the file to its rows stored with what became of each, in this process, after one list of
another seed has warmed it, as a county's second list of the night finds it. L2 counts on a list of 10,000 rows whom each row was made from.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benches import county
from benches.lists_made import TODAY, Made, Resident, make_list
from benches.setting import Installation, report, seconds
from lianfang.verification.rows import ListRow, Match

PEOPLE = int(os.environ.get("LIANFANG_BENCH_PEOPLE", "1000000"))
COUNTY = "430581"
BUDGETS = ((300, 0.5), (10_000, 4.0), (100_000, 30.0))
SEED = 2026


def run(installation: Installation) -> None:
    residents = fill(PEOPLE)
    with installation.superuser() as database:
        database.execute("vacuum analyze")
    checked = _checked(make_list(residents, 300, SEED + 1))
    assert checked.rows == 300
    gc.collect()
    gc.freeze()  # as a worker starts: what was there before is set aside
    for count, most in BUDGETS:
        file = installation.home / f"list-{count}.xlsx"
        write_list(make_list(residents, count, SEED + count), file)
        took = seconds(lambda file=file, count=count: _take_and_sort(file, count))  # type: ignore[misc]
        report(
            "L1",
            f"{count:,} rows against {len(residents):,} people",
            f"{took:.2f} s",
            f"≤ {most} s",
            is_met=took <= most,
        )
    quality = _checked(make_list(residents, 10_000, SEED))
    is_met = quality.precision >= 0.995 and quality.recall >= 0.97 and quality.wrong_same <= 5
    report(
        "L2",
        "10,000 messy rows",
        str(quality),
        "precision ≥ 0.995, recall ≥ 0.97, ≤ 5 wrong same",
        is_met=is_met,
    )


HEADERS = (
    *("序号", "姓名", "曾用名", "性别", "出生日期", "年龄", "身份证号", "联系电话"),
    *("现住址", "乡镇街道", "村社区"),
)


def write_list(made: Sequence[Made], out: Path) -> None:
    import rustpy_xlsxwriter

    sexes = {"male": "男", "female": "女", "": ""}
    lines = []
    for number, one in enumerate(made, start=1):
        row = one.row
        values = (
            str(number),
            row.name,
            "、".join(row.former_names),
            sexes[row.sex],
            row.birth_on.isoformat() if row.birth_on else "",
            str(TODAY.year - row.birth_year) if row.birth_year else "",
            row.id_number,
            "/".join(row.phones),
            row.address,
            row.town_said,
            row.village_said,
        )
        lines.append(dict(zip(HEADERS, values, strict=True)))
    rustpy_xlsxwriter.write_worksheet(lines, str(out))


def _take_and_sort(file: Path, count: int) -> None:
    from lianfang.areas.queries import get_area
    from lianfang.core.scope import Scope, scoped
    from lianfang.verification.models import PushedRow
    from lianfang.verification.operations import sorting, taking

    area = get_area(COUNTY)
    scope = Scope.over([area.path], actor_id=1)
    with scoped(scope):
        sent = taking.Sent(title=file.stem, number=file.stem, sender="bench")
        found = taking.take_in(
            content=file.read_bytes(),
            name=file.name,
            sent=sent,
            emergency_id=county.emergency().pk,
            county=area,
            scope=scope,
            by=1,
        )
        assert sorting.sort(list_id=found.pk, scope=scope, by=1).row_count == count
        stored = PushedRow.objects.filter(scope.q(), list=found).exclude(state="")
        assert stored.count() == count, (stored.count(), count)


def fill(count: int) -> list[Resident]:
    """A register of that many people: areas, doors, households, persons and their tokens, without their stories."""
    from lianfang.core.scope import crossing
    from lianfang.demo import filling, people, places

    residents: list[Resident] = []
    with crossing("bench.load", actor_id=None):
        filling.fill_areas(places.county(), by=None)
        upper = filling.places_of(row[0] for row in places.county())
    chunk: list[people.Batch] = []

    def write() -> None:
        with crossing("bench.load", actor_id=None):
            rows = [row for batch in chunk for row in batch.areas]
            filling.fill_areas(rows, by=None)
            found = upper | filling.places_of(row[0] for row in rows)
            filling.fill_people(chunk, found, filling.draw_ids(chunk))
        chunk.clear()

    for batch in people.population(count):
        residents += residents_of(batch)
        chunk.append(batch)
        if sum(len(each.persons) for each in chunk) >= 20_000:
            write()
    if chunk:
        write()
    return residents


def residents_of(batch: object) -> Iterator[Resident]:
    from lianfang.demo import places
    from lianfang.demo.people import Batch

    assert isinstance(batch, Batch)
    names = {code: (name, level, parent) for code, name, level, parent in batch.areas}
    towns = {code: name for code, name, level, _ in places.county() if level == "township"}
    doors = {door.key: door for door in batch.doors}
    below = {}
    for house in batch.households:
        door, said = doors[house.door_key], ""
        code = door.area_code
        while code in names:
            name, level, code = names[code]
            said = name + said if level != "grid" else said
        below[house.key] = said + door.label
    village, town = batch.village, towns[batch.village.code[:9]]
    for person in batch.persons:
        yield Resident(
            key=f"{village.code}/{person.reference}",
            name=person.name,
            sex=person.sex,
            birth_on=person.birth_on,
            id_number=person.id_number,
            phone=person.phone or "",
            town=town,
            village=village.name,
            village_code=village.code,
            below=below[person.household_key],
            household=person.household_key,
        )


@dataclass(slots=True)
class Quality:
    """What `same` and `probably` were worth. `missed`, `wrong`: the damage of the rows, for whoever looks closer."""

    rows: int = 0
    people: int = 0
    right: int = 0
    wrong: int = 0
    wrong_same: int = 0
    missed: list[Made] = field(default_factory=list)
    mistaken: list[Made] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.people, 1)

    def __str__(self) -> str:
        return f"precision {self.precision:.4f}, recall {self.recall:.4f}, {self.wrong_same} wrong same"


def _check(rows: list[ListRow]) -> list[Match]:
    from lianfang.areas.queries import get_area
    from lianfang.verification.matching import match

    return match(rows, county=get_area(COUNTY))


def _checked(made: list[Made]) -> Quality:
    found = _check([one.row for one in made])
    quality = Quality(rows=len(found))
    for one, match in zip(made, found, strict=True):
        quality.people += one.truth is not None
        best = match.best
        # A person's 编号 is counted within the village.
        truth = one.truth.rpartition("/")[2] if one.truth else None
        if best is None:
            if truth is not None:
                quality.missed.append(one)
        elif best.reference == truth:
            quality.right += 1
        else:
            quality.wrong += 1
            quality.wrong_same += match.verdict == "same"
            quality.mistaken.append(one)
    return quality
