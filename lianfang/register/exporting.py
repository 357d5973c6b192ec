"""`export`: a county's people as a sheet that `load` takes back unchanged. Always recorded, always with a reason."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lianfang.areas.models import Area
from lianfang.areas.naming import standard_name
from lianfang.areas.queries import below, by_path, prefixes
from lianfang.core import audit
from lianfang.core.problems import Problem
from lianfang.core.scope import subtree
from lianfang.core.sealing import Unsealer
from lianfang.core.set_wise import whole_area
from lianfang.register.models import Household, Person
from lianfang.register.rules import text
from lianfang.register.writing import Form, write_xlsx

HEADERS = (
    *("编号", "姓名", "与户主关系", "性别", "出生日期", "身份证号码", "联系电话"),
    *(
        "区划代码",
        "乡镇街道",
        "村社区",
        "原村片区",
        "小区",
        "网格",
        "组",
        "楼栋",
        "单元",
        "楼层",
        "房号",
        "门址",
        "走访顺序",
    ),
    *("户编号", "户类型", "户主", "房屋状态"),
    *("户籍", "常住", "今晚在家", "户籍地", "现住址"),
    *("集体户类别", "应住人数", "集体户电话"),
)
WIDTHS = {
    "身份证号码": 21.0,
    "联系电话": 14.0,
    "集体户电话": 14.0,
    "出生日期": 12.0,
    "门址": 14.0,
    "户籍地": 24.0,
    "现住址": 24.0,
}
DIGITS = ("身份证号码", "联系电话", "编号", "户编号", "集体户电话")
VACANT = "空置"
UNNAMED = "未登记"
_BELOW = ("section", "estate", "grid", "group", "building")
_FETCH = 5000
# Behind a door: households with people, collectives also without, and else that it is 未登记.
_ROWS = """
select d.area_path, d.unit, d.floor, d.room, d.label, d.walk_order, h.reference, h.kind, h.head_name,
  h.collective_kind, h.expected_count, h.contact_phone, h.is_unnamed,
  p.reference, p.name, p.relation, p.sex, p.birth_on, p.id_number, p.phone, p.is_registered_here, p.is_living_here,
  p.is_here_tonight, p.registered_place, p.present_place,
  p.id is null and exists (select from register_household u where u.door_id = d.id and u.is_unnamed and u.is_current
    and u.area_path >= %(low)s and u.area_path < %(high)s)
from register_door d
left join (register_household h left join register_person p on p.household_id = h.id and p.is_current
  and p.area_path >= %(low)s and p.area_path < %(high)s)
  on h.door_id = d.id and (p.id is not null or h.kind = 'collective') and h.is_current and h.area_path >= %(low)s and h.area_path < %(high)s
where d.area_path >= %(low)s and d.area_path < %(high)s
order by d.area_path, d.walk_order, d.id, h.id, p.id
"""


def export(*, county: Area, out: Path, reason: str, by: int | None) -> int:
    """Write all people and vacant doors of an area; returns the number of rows. Needs a scope over the area.

    Raises `scope.reason_required`. The audit row comes first: a file without its row cannot exist.
    """
    if not reason.strip():
        raise Problem("scope.reason_required")
    people = Person.objects.filter(
        area_path__gte=county.path, area_path__lt=subtree(county.path)[1], is_current=True
    )
    audit.record(
        "register.export",
        "area",
        county.code,
        by=by,
        path=county.path,
        reason=reason.strip(),
        count=people.count(),
    )
    with _private(out) as target:
        return write_table(target, HEADERS, rows(county), sheet=_("人口底册"))


class _private:
    """Writes beside the target, readable by this account only, and moves it there when whole."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.part = out.with_name(f".{out.stem}.part{out.suffix}")

    def __enter__(self) -> Path:
        os.close(os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        return self.part

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.part.replace(self.out)
        else:
            self.part.unlink(missing_ok=True)


def write_table(out: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, sheet: str) -> int:
    """xlsx, or csv by suffix; every cell is text, so ids keep their digits and nothing is a formula."""
    if out.suffix.lower() == ".csv":
        return _write_csv(out, headers, rows)
    rows = (_guarded(row) for row in rows)
    form = Form(
        sheet=sheet,
        headers=tuple(headers),
        widths=WIDTHS,
        digits=tuple(name for name in DIGITS if name in headers),
    )
    try:
        count = write_xlsx(out, form, rows)
    except (OSError, ValueError) as error:
        raise Problem("register.out_unwritable", path=out, detail=error) from error
    out.chmod(0o600)
    return count


def _guarded(row: Sequence[Any]) -> Sequence[Any]:
    """One ' more before a text that begins with one, since `load` takes one off."""
    if not any(cell and cell[:1] == "'" for cell in row):
        return row
    return [f"'{cell}" if cell and cell[:1] == "'" else cell for cell in row]


def _write_csv(out: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        for row in map(_guarded, rows):
            # A spreadsheet would run a cell that begins like a formula; `load` takes the ' off again.
            writer.writerow([f"'{c}" if isinstance(c, str) and c[:1] in "=+-@\t" and c else c for c in row])
            count += 1
    return count


def rows(county: Area) -> Iterator[tuple[str | None, ...]]:
    """In walking order; a door without people is one row with 空置, or 未登记."""
    said = _Saying(_Places(county))
    low, high = subtree(county.path)
    with connection.cursor() as cursor:
        with whole_area():
            # All rows are wanted, not the first few soon.
            cursor.execute("set local cursor_tuple_fraction = 1")
            cursor.execute(f"declare exported no scroll cursor for {_ROWS}", {"low": low, "high": high})
        try:
            while found := _fetched(cursor):
                yield from map(said.row, found)
        finally:
            cursor.execute("close exported")


def _fetched(cursor: Any) -> list[tuple]:
    cursor.execute(f"fetch {_FETCH} from exported")
    return cursor.fetchall()


class _Saying:
    """Rows of the database as rows of the sheet."""

    def __init__(self, places: _Places) -> None:
        self.places = places
        self.relations: dict[str, str] = {value: str(label) for value, label in Person.Relation.choices}
        self.sexes: dict[str, str] = {value: str(label) for value, label in Person.Sex.choices}
        self.kinds: dict[str, str] = {value: str(label) for value, label in Household.Kind.choices}
        self.collectives: dict[str, str] = {
            value: str(label) for value, label in Household.CollectiveKind.choices
        }
        self.open_contact = Unsealer(purpose="household.contact_phone")
        self.open_id, self.open_phone, self.open_registered, self.open_present = (
            Unsealer(purpose=f"person.{name}")
            for name in ("id_number", "phone", "registered_place", "present_place")
        )

    def row(self, found: tuple) -> tuple[str | None, ...]:
        path, unit, floor, room, label, order, reference, kind, head, *rest = found
        door = (*self.places.of(path), unit, floor, room, label, str(order))
        collective, person, is_unnamed = self._collective(kind, *rest[:3]), rest[4:-1], rest[-1]
        own, name, relation, sex, born, number, phone, registered, living, tonight, *elsewhere = person
        if name is None:
            household = (reference, self.kinds[kind], head) if kind else (None,) * 3
            state = UNNAMED if (rest[3] if kind else is_unnamed) else VACANT
            return (*(None,) * 7, *door, *household, state, *(None,) * 5, *collective)
        return (
            own,
            name,
            self.relations[relation],
            self.sexes.get(sex),
            born.isoformat() if born else None,
            number and self.open_id(number),
            phone and self.open_phone(phone),
            *door,
            reference,
            self.kinds[kind],
            head,
            None,
            "是" if registered else "否",
            "是" if living else "否",
            "是" if tonight else "否",
            elsewhere[0] and _place(self.open_registered(elsewhere[0])),
            elsewhere[1] and _place(self.open_present(elsewhere[1])),
            *collective,
        )

    def _collective(
        self, kind: str | None, what: str, expected: int | None, phone: bytes | None
    ) -> tuple[str | None, ...]:
        if kind != Household.Kind.COLLECTIVE:
            return None, None, None
        return (
            self.collectives.get(what),
            None if expected is None else str(expected),
            self.open_contact(phone) if phone else None,
        )


def _place(written: str) -> str | None:
    """In the spelling in which `load` keeps it. The ' in front is taken off as a spreadsheet's own."""
    return text(f"'{written}") or None


class _Places:
    """The address columns of an area path: code and names, from the township down."""

    def __init__(self, county: Area) -> None:
        areas = [*by_path(prefixes(county.path)).values(), *below(county, ["township", "village", *_BELOW])]
        self._areas = {area.path: area for area in areas}
        self._known: dict[str, tuple[str | None, ...]] = {}

    def of(self, path: str) -> tuple[str | None, ...]:
        if path not in self._known:
            steps = {a.level: a for p in prefixes(path) if (a := self._areas.get(p))}
            village, township = steps.get("village"), steps.get("township")
            self._known[path] = (
                village.code if village else None,
                township.name if township else None,
                village.name if village else None,
                *(standard_name(level, steps[level].name) if level in steps else None for level in _BELOW),
            )
        return self._known[path]
