"""The SQL of storing.py. Each function stages rows by COPY and answers with ids in the order of the rows.

Bytes travel as hex and empty cells as NULL. The staging tables are temporary and gone at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from lianfang.core.clock import now
from lianfang.core.sealing import unseal
from lianfang.core.set_wise import whole_area

CHUNK_ROWS = 2000
FEW = 20_000  # rows; as many are looked up token by token sooner than all tokens are read
Bounds = tuple[str, str]


def copy_rows(cursor: Any, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY in text format. Cells were folded to one line, so only the backslash needs care."""
    with cursor.copy(f"copy {table} from stdin with (null '')") as copy:
        lines: list[str] = []
        for row in rows:
            lines.append("\t".join(["" if cell is None else str(cell) for cell in row]))
            if len(lines) == CHUNK_ROWS:
                copy.write(_text(lines))
                lines = []
        if lines:
            copy.write(_text(lines))


def _text(lines: list[str]) -> str:
    return "\n".join(lines).replace("\\", "\\\\") + "\n"


# ---------- doors ----------


def store_doors(cursor: Any, rows: Sequence[Sequence[Any]]) -> tuple[list[int], int]:
    """(area id, path, unit, floor, room, label, walk order) → ids, and how many were new."""
    cursor.execute(
        'create temporary table staged_door (n int, area_id bigint, area_path text collate "C", unit text, floor text,'
        " room text, label text, walk_order int) on commit drop"
    )
    copy_rows(cursor, "staged_door", ((n, *row) for n, row in enumerate(rows)))
    cursor.execute("analyze staged_door")
    cursor.execute(
        "insert into register_door (area_id, area_path, unit, floor, room, label, walk_order)"
        " select area_id, area_path, coalesce(unit, ''), coalesce(floor, ''), coalesce(room, ''), label, walk_order"
        " from staged_door order by n on conflict (area_id, label) do nothing"
    )
    added = cursor.rowcount
    with whole_area():
        cursor.execute(
            "select d.id from staged_door s join register_door d on d.area_id = s.area_id and d.label = s.label order by s.n"
        )
    ids = [row[0] for row in cursor.fetchall()]
    cursor.execute("drop table staged_door")
    return ids, added


# ---------- households ----------


def store_households(cursor: Any, rows: Sequence[Sequence[Any]], county: Bounds) -> tuple[list[int], int]:
    """(door id, path, kind, reference, head name, village from, village to) → ids, and how many were new.

    A household is known by its reference in its village, else by door and head.
    """
    cursor.execute(
        'create temporary table staged_household (n int, door_id bigint, area_path text collate "C", kind text,'
        ' reference text, head_name text, low text collate "C", high text collate "C", id bigint, is_new boolean)'
        " on commit drop"
    )
    copy_rows(
        cursor,
        "staged_household (n, door_id, area_path, kind, reference, head_name, low, high)",
        ((n, *row) for n, row in enumerate(rows)),
    )
    cursor.execute("analyze staged_household")
    with whole_area():
        _match_households(cursor, county)
    cursor.execute(
        "update staged_household set is_new = true,"
        " id = nextval(pg_get_serial_sequence('register_household', 'id')) where id is null"
    )
    # nextval in an UPDATE follows the table's order, which is that of the file.
    cursor.execute(
        "insert into register_household (id, door_id, area_path, kind, reference, head_name, is_current)"
        " select id, door_id, area_path, coalesce(kind, 'family'), coalesce(reference, ''), coalesce(head_name, ''), true"
        " from staged_household where is_new order by n"
    )
    added = cursor.rowcount
    with whole_area():
        _update_households(cursor)
    cursor.execute("select id from staged_household order by n")
    ids = [row[0] for row in cursor.fetchall()]
    cursor.execute("drop table staged_household")
    return ids, added


def _match_households(cursor: Any, county: Bounds) -> None:
    cursor.execute(
        "update staged_household s set id = h.id from (select distinct on (s.n) s.n, h.id from staged_household s"
        " join register_household h on h.reference = s.reference and h.area_path >= s.low and h.area_path < s.high"
        " where h.area_path >= %s and h.area_path < %s and h.reference <> '' order by s.n, h.id) h where h.n = s.n",
        county,
    )
    cursor.execute(
        "update staged_household s set id = h.id from (select distinct on (s.n) s.n, h.id from staged_household s"
        " join register_household h on h.door_id = s.door_id and h.head_name = coalesce(s.head_name, '')"
        " where s.id is null and (s.reference is null or h.reference = '')"
        " and h.area_path >= %s and h.area_path < %s order by s.n, h.id) h where h.n = s.n",
        county,
    )
    # 未登记: the first family of a sheet that has a name for the door is the one that was stood for.
    cursor.execute(
        "update staged_household s set id = h.id from (select distinct on (h.id) s.n, h.id from staged_household s"
        " join register_household h on h.door_id = s.door_id and h.is_unnamed and h.is_current"
        " where s.id is null and h.area_path >= %s and h.area_path < %s order by h.id, s.n) h where h.n = s.n",
        county,
    )


def _update_households(cursor: Any) -> None:
    """Known households take what the sheet says; one that moved takes its people along."""
    cursor.execute(
        "with changed as (update register_household h set door_id = s.door_id, area_path = s.area_path,"
        " kind = coalesce(s.kind, h.kind), reference = coalesce(s.reference, h.reference),"
        " head_name = coalesce(s.head_name, h.head_name), is_unnamed = false,"
        " named_at = case when h.is_unnamed then %s else h.named_at end"
        " from staged_household s where s.id = h.id and s.is_new is null"
        " and (h.door_id, h.area_path, h.kind, h.reference, h.head_name) is distinct from (s.door_id, s.area_path,"
        " coalesce(s.kind, h.kind), coalesce(s.reference, h.reference), coalesce(s.head_name, h.head_name))"
        " returning h.id, h.area_path), moved as (update register_person p set area_path = c.area_path"
        " from changed c where p.household_id = c.id and p.area_path <> c.area_path returning p.id, p.area_path)"
        " update register_lookuptoken t set area_path = m.area_path from moved m where t.person_id = m.id",
        [now()],
    )


# ---------- persons ----------

_COLUMNS = (
    "n, household_id, area_path, low, high, name, initials, sex, birth_on, relation, is_registered_here,"
    " is_living_here, is_here_tonight, reference, id_number, phone, registered_place, present_place,"
    " t_id, t_phone, t_phone_name, t_name_birth"
)
_SEALED = ("id_number", "phone", "registered_place", "present_place")


def store_people(
    cursor: Any, rows: Iterable[Sequence[Any]], county: Bounds, places: Mapping[int, tuple[str, str]]
) -> tuple[int, Collection[int]]:
    """Rows as storing._line makes them → how many were new, and the ids of those that changed."""
    cursor.execute(
        "create temporary table staged_person (n int, household_id bigint,"
        ' area_path text collate "C", low text collate "C", high text collate "C", name text, initials text,'
        " sex text, birth_on date, relation text, is_registered_here boolean, is_living_here boolean,"
        " is_here_tonight boolean, reference text, id_number text, phone text, registered_place text,"
        " present_place text, t_id text, t_phone text, t_phone_name text, t_name_birth text,"
        " id bigint, is_new boolean, has_new_place boolean not null default false) on commit drop"
    )
    copy_rows(cursor, f"staged_person ({_COLUMNS})", rows)
    cursor.execute("analyze staged_person")
    cursor.execute(
        "select exists (select from register_person where area_path >= %s and area_path < %s)", county
    )
    changed: Collection[int] = ()
    if cursor.fetchone()[0]:
        _match(cursor, county)
        with whole_area():
            _mark_new_places(cursor, places)
            changed = _update(cursor)
    added = _insert(cursor)
    cursor.execute("drop table staged_person")
    return added, changed


def _match(cursor: Any, county: Bounds) -> None:
    claim = (
        "update staged_person s set id = m.id from (select distinct on (x.id) x.n, x.id from"
        " (select distinct on (s.n) s.n, p.id from staged_person s {join}"
        " where s.id is null and p.area_path >= %s and p.area_path < %s"
        " and not exists (select from staged_person o where o.id = p.id) order by s.n, p.id) x"
        " order by x.id, x.n) m where m.n = s.n"
    )
    by_reference = (
        "join register_person p on p.reference = s.reference and p.reference <> ''"
        " and ((p.area_path >= s.low and p.area_path < s.high) or p.name = s.name)"
    )
    by_id = "join register_lookuptoken t on t.token = decode(s.t_id, 'hex') join register_person p on p.id = t.person_id"
    with whole_area():
        cursor.execute(claim.format(join=by_reference), county)
    cursor.execute("analyze staged_person (id)")
    with whole_area() if _staged(cursor) > FEW else nullcontext():
        cursor.execute(claim.format(join=by_id), county)
    cursor.execute("analyze staged_person (id)")
    with whole_area():
        _match_by_name(cursor, county)


def _staged(cursor: Any) -> int:
    cursor.execute("select count(*) from staged_person")
    return int(cursor.fetchone()[0])


def _match_by_name(cursor: Any, county: Bounds) -> None:
    # The k-th of a name in a household is the k-th there already, unless their ids or references differ.
    cursor.execute(
        "update staged_person s set id = m.id from ("
        " select a.n, b.id from (select n, household_id, name, reference is null as r, t_id is null as i,"
        " row_number() over (partition by household_id, name order by n) as k from staged_person where id is null) a"
        " join (select p.id, p.household_id, p.name, p.reference = '' as r, p.id_number is null as i,"
        " row_number() over (partition by p.household_id, p.name order by p.id) as k from register_person p"
        " where p.area_path >= %s and p.area_path < %s"
        " and p.household_id in (select household_id from staged_person where id is null)"
        " and not exists (select from staged_person o where o.id = p.id)) b"
        " on b.household_id = a.household_id and b.name = a.name and b.k = a.k"
        " where (a.i or b.i) and (a.r or b.r)) m where m.n = s.n",
        county,
    )


def _mark_new_places(cursor: Any, places: Mapping[int, tuple[str, str]]) -> None:
    if not places:
        return
    cursor.execute(
        "select s.n, p.registered_place, p.present_place from staged_person s join register_person p on p.id = s.id"
        " where s.registered_place is not null or s.present_place is not null"
    )
    differing = [
        n
        for n, registered, present in cursor.fetchall()
        if _differs(places[n][0], registered, "registered_place")
        or _differs(places[n][1], present, "present_place")
    ]
    if differing:
        cursor.execute("update staged_person set has_new_place = true where n = any(%s)", [differing])


def _differs(wanted: str, blob: Any, name: str) -> bool:
    return bool(wanted) and (blob is None or unseal(blob, purpose=f"person.{name}") != wanted)


_PLAIN = ("household_id", "area_path", "name", "initials")
_BASES = ("is_registered_here", "is_living_here", "is_here_tonight")
_OPTIONAL = ("sex", "birth_on", "relation", *_BASES, "reference")


def _update(cursor: Any) -> Collection[int]:
    """An empty cell never blanks what is known. An unchanged sealed value is not sealed anew."""
    missing = "s.{0} is not null and not exists (select from register_lookuptoken t where t.person_id = p.id"
    missing += " and t.area_path = p.area_path and t.token = decode(s.{0}, 'hex'))"
    new_id, new_phone = missing.format("t_id"), missing.format("t_phone")
    values = [f"s.{c}" for c in _PLAIN] + [f"coalesce(s.{c}, p.{c})" for c in _OPTIONAL]
    names = [*_PLAIN, *_OPTIONAL]
    settings = [f"{name} = {value}" for name, value in zip(names, values, strict=True)]
    settings += [f"{c} = coalesce(decode(s.{c}, 'hex'), p.{c})" for c in _SEALED]
    cursor.execute(
        f"update register_person p set {', '.join(settings)} from staged_person s where s.id = p.id"  # noqa: S608 - constants
        f" and (({', '.join('p.' + name for name in names)}) is distinct from ({', '.join(values)})"
        f" or s.has_new_place or {new_id} or {new_phone}) returning p.id"
    )
    return [row[0] for row in cursor.fetchall()]


def _insert(cursor: Any) -> int:
    cursor.execute(
        "update staged_person set is_new = true, id = nextval(pg_get_serial_sequence('register_person', 'id'))"
        " where id is null"
    )
    unhex: Callable[[str], str] = "decode({}, 'hex')".format
    sealed = ", ".join(map(unhex, _SEALED))
    cursor.execute(
        "insert into register_person (id, household_id, area_path, name, initials, sex, birth_on, relation,"  # noqa: S608 - constants
        " is_registered_here, is_living_here, is_here_tonight, reference, is_current,"
        f" {', '.join(_SEALED)}) select id, household_id, area_path, name, coalesce(initials, ''), coalesce(sex, ''), birth_on,"
        " coalesce(relation, 'other'), coalesce(is_registered_here, true), coalesce(is_living_here, true),"
        f" coalesce(is_here_tonight, true), coalesce(reference, ''), true, {sealed}"
        " from staged_person where is_new order by n"
    )
    added = cursor.rowcount
    tokens = ", ".join(map(unhex, ("s.t_id", "s.t_phone", "s.t_phone_name", "s.t_name_birth")))
    cursor.execute(
        "insert into register_lookuptoken (token, area_path, person_id)"  # noqa: S608 - constants
        f" select t.token, s.area_path, s.id from staged_person s, unnest(array[{tokens}]) as t(token)"
        " where s.is_new and t.token is not null order by t.token"
    )
    return added
