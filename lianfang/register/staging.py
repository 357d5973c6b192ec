"""The SQL of storing.py: COPY into staging tables, then whole statements over them.

Empty cells travel as NULL. The staging tables are temporary and gone at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lianfang.core.clock import now
from lianfang.core.sealing import unseal
from lianfang.core.set_wise import whole_area
from lianfang.register.life.sheets import note_sheet_moves, renew_staged_households
from lianfang.register.rules import text

CHUNK_ROWS = 2000
CONTACT_PURPOSE = "household.contact_phone"
FEW = 20_000  # rows; as many are looked up token by token sooner than all tokens are read
Bounds = tuple[str, str]


def copy_rows(cursor: Any, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY in text format. Cells were folded to one line, so only the backslash needs care."""
    copy_lines(
        cursor, table, ("\t".join(["" if cell is None else str(cell) for cell in row]) for row in rows)
    )


def copy_lines(cursor: Any, table: str, lines: Iterable[str]) -> None:
    """COPY of rows that are text already, their cells parted by tabs."""
    waiting = iter(lines)
    some = list(islice(waiting, CHUNK_ROWS))
    if not some:
        return
    with cursor.copy(f"copy {table} from stdin with (null '')") as copy:
        while some:
            copy.write("\n".join(some).replace("\\", "\\\\") + "\n")
            some = list(islice(waiting, CHUNK_ROWS))


# ---------- doors ----------


def store_doors(cursor: Any, rows: Iterable[Sequence[Any]]) -> tuple[list[int], int]:
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


def store_households(cursor: Any, rows: Iterable[Sequence[Any]], county: Bounds) -> int:
    """(door id, path, kind, reference, head name, kind of collective, expected, contact's phone, is unnamed, village
    from, village to) → how many were new; their ids stay in `staged_household` for the people.

    A household is known by its reference in its village, else by door and head.
    """
    cursor.execute(
        'create temporary table staged_household (n int, door_id bigint, area_path text collate "C", kind text,'
        " reference text, head_name text, collective_kind text, expected_count int, contact_phone bytea,"
        ' is_unnamed boolean, low text collate "C", high text collate "C", id bigint, is_new boolean)'
        " on commit drop"
    )
    copy_rows(
        cursor,
        "staged_household (n, door_id, area_path, kind, reference, head_name, collective_kind, expected_count,"
        " contact_phone, is_unnamed, low, high)",
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
        "insert into register_household (id, door_id, area_path, kind, reference, head_name, is_current,"
        " collective_kind, expected_count, contact_phone, is_unnamed)"
        " select id, door_id, area_path, coalesce(kind, 'family'), coalesce(reference, ''), coalesce(head_name, ''), true,"
        " coalesce(collective_kind, ''), expected_count, contact_phone, is_unnamed"
        " from staged_household where is_new order by n"
    )
    added = cursor.rowcount
    with whole_area():
        _keep_same_contacts(cursor)
        _update_households(cursor)
    return int(added)


def store_unnamed(cursor: Any, door_ids: Sequence[int]) -> None:
    """An unnamed household behind each of these doors behind which no household is."""
    if not door_ids:
        return
    with whole_area():
        cursor.execute(
            "insert into register_household (door_id, area_path, kind, reference, head_name, is_current, is_unnamed)"
            " select d.id, d.area_path, 'family', '', '', true, true from register_door d where d.id = any(%s::bigint[])"
            " and not exists (select from register_household h where h.door_id = d.id and h.is_current) order by d.id",
            [sorted(set(door_ids))],
        )


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
        " where s.id is null and (h.kind = 'family' or s.kind is distinct from 'family')"
        " and h.area_path >= %s and h.area_path < %s order by h.id, s.n) h where h.n = s.n",
        county,
    )


def _keep_same_contacts(cursor: Any) -> None:
    """A contact's phone that is known already is not sealed anew. Sealed values cannot be compared in the database."""
    cursor.execute(
        "select s.n, s.contact_phone, h.contact_phone from staged_household s join register_household h on h.id = s.id"
        " where s.contact_phone is not null and s.is_new is null and h.contact_phone is not null"
    )
    same = [
        n
        for n, said, known in cursor.fetchall()
        if unseal(said, purpose=CONTACT_PURPOSE) == unseal(known, purpose=CONTACT_PURPOSE)
    ]
    if same:
        cursor.execute("update staged_household set contact_phone = null where n = any(%s)", [same])


# A list of who sleeps in a dormitory names people, not who answers for them.
_HEAD = (
    "case when h.kind = 'collective' and h.head_name <> '' and s.kind is null then h.head_name"
    " else coalesce(s.head_name, h.head_name) end"
)


def _update_households(cursor: Any) -> None:
    """Known households take what the sheet says; one that moved takes its people along."""
    cursor.execute(
        "with changed as (update register_household h set door_id = s.door_id, area_path = s.area_path,"  # noqa: S608 - constants
        " kind = coalesce(s.kind, h.kind), reference = coalesce(s.reference, h.reference),"
        f" head_name = {_HEAD}, is_unnamed = h.is_unnamed and s.is_unnamed,"
        " collective_kind = coalesce(s.collective_kind, h.collective_kind),"
        " expected_count = coalesce(s.expected_count, h.expected_count),"
        " contact_phone = coalesce(s.contact_phone, h.contact_phone),"
        " named_at = case when h.is_unnamed and not s.is_unnamed then %s else h.named_at end"
        " from staged_household s where s.id = h.id and s.is_new is null"
        " and ((h.is_unnamed and not s.is_unnamed) or s.contact_phone is not null"
        " or (h.door_id, h.area_path, h.kind, h.reference, h.head_name, h.collective_kind)"
        " is distinct from (s.door_id, s.area_path,"
        f" coalesce(s.kind, h.kind), coalesce(s.reference, h.reference), {_HEAD},"
        " coalesce(s.collective_kind, h.collective_kind))"
        " or (s.expected_count is not null and h.expected_count is distinct from s.expected_count))"
        " returning h.id, h.area_path), moved as (update register_person p set area_path = c.area_path"
        " from changed c where p.household_id = c.id and p.area_path <> c.area_path returning p.id, p.area_path)"
        " update register_lookuptoken t set area_path = m.area_path from moved m where t.person_id = m.id",
        [now()],
    )


# ---------- persons ----------

SEALED = ("id_number", "phone", "registered_place", "present_place")
_TOKENS = ("t_id", "t_phone", "t_phone_name", "t_name_birth")
_STATED = (
    *("sheet", "row", "name", "initials", "sex", "birth_on", "relation"),
    *("is_registered_here", "is_living_here", "is_here_tonight", "reference"),
    *SEALED,
    *_TOKENS,
)
LINE = ", ".join(_STATED)  # columns of `staged_line` that say what a row says


def begin(cursor: Any) -> None:
    """Tables for the people of a file and their raw cells, filled while it is read."""
    # Sorts and hashes of a county's rows in memory; 4 MB, the server's own, sends them to the disk.
    cursor.execute("set local work_mem = '96MB'")
    cursor.execute("select pg_get_serial_sequence('register_person', 'id')")
    sequence = cursor.fetchone()[0]
    # Each row brings the number along that its person gets when nobody can be known yet (`store_people`).
    cursor.execute(
        f"create temporary table staged_line (n bigint default nextval('{sequence}'), household bigint, area_path text,"
        " sheet text, row int,"
        " name text, initials text, sex text, birth_on date, relation text, is_registered_here boolean,"
        " is_living_here boolean, is_here_tonight boolean, reference text, id_number bytea, phone bytea,"
        " registered_place bytea, present_place bytea, t_id bytea, t_phone bytea, t_phone_name bytea,"
        " t_name_birth bytea) on commit drop"
    )
    cursor.execute(
        "create temporary table staged_raw (sheet text, row int, cells bytea) on commit drop",
    )


def end(cursor: Any) -> None:
    cursor.execute(
        "drop table staged_line, staged_raw, staged_household cascade"
    )  # staged_person may be their view
    cursor.execute("drop table if exists staged_person")


@dataclass(frozen=True, slots=True)
class StoredPeople:
    added_count: int
    added_ids: tuple[int, int] | None
    changed: Sequence[int]
    stayed: Sequence[tuple[str, int]]  # rows whose people live elsewhere since, by an event


def store_people(cursor: Any, county: Bounds, file_id: int | None, *, by: int | None = None) -> StoredPeople:
    """The people of `staged_line` in the households of `staged_household`."""
    cursor.execute(
        "select exists (select from register_person where area_path >= %s and area_path < %s)", county
    )
    is_first = not cursor.fetchone()[0]
    # Where nobody can be known yet, the rows are people as they stand: nothing is copied or marked. Numbers are in the
    # file's order.
    kind, number = ("view", "l.n") if is_first else ("table", "null::bigint")
    with whole_area():
        cursor.execute(
            f"create temporary {kind} staged_person {'' if is_first else 'on commit drop'} as"  # noqa: S608 - constants
            f" select l.n, h.id as household_id, h.area_path, h.low, h.high, {', '.join('l.' + c for c in _STATED)},"
            f" {number} as id, {is_first} as is_new, false as has_new_place"
            f" from staged_line l join staged_household h on h.n = l.household {'' if is_first else 'order by l.n'}"
        )
    changed: list[int] = []
    stayed: list[tuple[str, int]] = []
    if not is_first:
        cursor.execute("analyze staged_person")
        _match(cursor, county, file_id)
        with whole_area():
            _mark_new_places(cursor)
            stayed = note_sheet_moves(cursor, by=by)
            changed = _update(cursor, file_id)
        cursor.execute(
            "update staged_person set is_new = true, id = nextval(pg_get_serial_sequence('register_person', 'id'))"
            " where id is null"
        )
    with whole_area():
        stored = StoredPeople(*_insert(cursor, file_id), changed, stayed)
    if not is_first:
        with whole_area():
            renew_staged_households(cursor)
    return stored


def _match(cursor: Any, county: Bounds, file_id: int | None) -> None:
    claim = (
        "update staged_person s set id = m.id from (select distinct on (x.id) x.n, x.id from"
        # Each village numbers its people from 1: who is of the village comes before a namesake elsewhere.
        " (select distinct on (s.n) s.n, p.id, p.area_path >= s.low and p.area_path < s.high as own"
        " from staged_person s {join}"
        " where s.id is null and p.area_path >= %s and p.area_path < %s"
        " and not exists (select from staged_person o where o.id = p.id) order by s.n, own desc, p.id) x"
        " order by x.id, x.own desc, x.n) m where m.n = s.n"
    )
    by_reference = (
        "join register_person p on p.reference = s.reference and p.reference <> ''"
        " and ((p.area_path >= s.low and p.area_path < s.high) or p.name = s.name)"
    )
    # A number is copied from the line above, or typed for a neighbour's: who shares no character of the name is not
    # renamed by it, but stands beside and is compared (疑似同一人).
    by_id = (
        "join register_lookuptoken t on t.token = s.t_id join register_person p on p.id = t.person_id"
        " and translate(p.name, s.name, '') <> p.name"
    )
    with whole_area():
        cursor.execute(claim.format(join=by_reference), county)
    cursor.execute("analyze staged_person (id)")
    with whole_area() if _staged(cursor) > FEW else nullcontext():
        cursor.execute(claim.format(join=by_id), county)
    cursor.execute("analyze staged_person (id)")
    # Of a file that is taken again: the row that made somebody still speaks of them, wherever its address is read to lie
    # now (an answer that was mended), and wherever they have moved.
    by_row = (
        "join register_person p on p.source_file_id = %s and p.source_sheet = coalesce(s.sheet, '')"
        " and p.source_row = s.row and p.name = s.name"
    )
    with whole_area():
        if file_id is not None and _was_taken(cursor, file_id):
            cursor.execute(claim.format(join=by_row), [file_id, *county])
        _match_by_name(cursor, county)
    _follow_merges(cursor)


def _follow_merges(cursor: Any) -> None:
    """A row that was known as one that has since been merged says something of the row that was kept; when the file
    has that one too, the other stays where it is and nobody reads it."""
    cursor.execute("select exists (select from register_merge where undone_at is null)")
    found = cursor.fetchone()[0]
    with whole_area():
        while found:  # the row kept may have been merged in its turn
            cursor.execute(
                "update staged_person s set id = m.id from (select distinct on (p.merged_into_id) t.n,"
                " p.merged_into_id as id from staged_person t join register_person p on p.id = t.id"
                " where p.merged_into_id is not null"
                " and not exists (select from staged_person o where o.id = p.merged_into_id)"
                " order by p.merged_into_id, t.n) m where m.n = s.n"
            )
            found = cursor.rowcount > 0


def _was_taken(cursor: Any, file_id: int) -> bool:
    cursor.execute("select taken_at is not null from register_importfile where id = %s", [file_id])
    return bool(cursor.fetchone()[0])


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


def _mark_new_places(cursor: Any) -> None:
    """Sealed values cannot be compared in the database."""
    cursor.execute(
        "select s.n, s.registered_place, p.registered_place, s.present_place, p.present_place"
        " from staged_person s join register_person p on p.id = s.id"
        " where s.registered_place is not null or s.present_place is not null"
    )
    differing = [
        n
        for n, registered, old_registered, present, old_present in cursor.fetchall()
        if _differs(registered, old_registered, "registered_place")
        or _differs(present, old_present, "present_place")
    ]
    if differing:
        cursor.execute("update staged_person set has_new_place = true where n = any(%s)", [differing])


def _differs(wanted: Any, known: Any, name: str) -> bool:
    if wanted is None:
        return False
    purpose = f"person.{name}"
    # What was typed at the desk is compared in the spelling of a sheet.
    return known is None or text(f"'{unseal(known, purpose=purpose)}") != unseal(wanted, purpose=purpose)


_PLAIN = ("household_id", "area_path", "name", "initials")
_BASES = ("is_registered_here", "is_living_here", "is_here_tonight")
_OPTIONAL = ("sex", "birth_on", "relation", *_BASES, "reference")


def _update(cursor: Any, file_id: int | None) -> list[int]:
    """An empty cell never blanks what is known. An unchanged sealed value is not sealed anew."""
    missing = "s.{0} is not null and not exists (select from register_lookuptoken t where t.person_id = p.id"
    missing += " and t.area_path = p.area_path and t.token = s.{0})"
    new_id, new_phone = missing.format("t_id"), missing.format("t_phone")
    values = [f"s.{c}" for c in _PLAIN] + [f"coalesce(s.{c}, p.{c})" for c in _OPTIONAL]
    values[_PLAIN.index("initials")] = (
        "coalesce(s.initials, '')"  # 𠮷 has a reading in no table: it comes as nothing
    )
    names = [*_PLAIN, *_OPTIONAL]
    settings = [f"{name} = {value}" for name, value in zip(names, values, strict=True)]
    settings += [f"{c} = coalesce(s.{c}, p.{c})" for c in SEALED]
    settings += [
        "source_file_id = %(file)s::bigint",
        "source_sheet = coalesce(s.sheet, '')",
        "source_row = s.row",
    ]
    cursor.execute(
        f"update register_person p set {', '.join(settings)} from staged_person s where s.id = p.id"  # noqa: S608 - constants
        f" and (({', '.join('p.' + name for name in names)}) is distinct from ({', '.join(values)})"
        f" or s.has_new_place or {new_id} or {new_phone}) returning p.id",
        {"file": file_id},
    )
    return [row[0] for row in cursor.fetchall()]


_PEOPLE = (
    "insert into register_person (id, household_id, area_path, name, initials, sex, birth_on, relation,"
    " is_registered_here, is_living_here, is_here_tonight, reference, is_current, source_file_id, source_sheet,"
    " source_row, {sealed}) select {number}, {household}, area_path, name, coalesce(initials, ''),"
    " coalesce(sex, ''), birth_on, coalesce(relation, 'other'), coalesce(is_registered_here, true),"
    " coalesce(is_living_here, true), coalesce(is_here_tonight, true), coalesce(reference, ''), true, %s::bigint,"
    " coalesce(sheet, ''), row, {sealed} from {source}"
)


def insert_people(source: str, *, number: str = "id", household: str = "household_id") -> str:
    """The statement that makes people of staged rows; takes the file's id."""
    return _PEOPLE.format(sealed=", ".join(SEALED), number=number, household=household, source=source)


def insert_tokens(source: str, *, number: str = "id") -> str:
    return (
        "insert into register_lookuptoken (token, area_path, person_id)"  # noqa: S608 - constants
        f" select * from (select unnest(array[{', '.join(_TOKENS)}]) as token, area_path, {number} from {source}) t"
        " where token is not null order by token"
    )


def _insert(cursor: Any, file_id: int | None) -> tuple[int, tuple[int, int] | None]:
    cursor.execute(insert_people("staged_person where is_new"), [file_id])
    added = cursor.rowcount
    cursor.execute(insert_tokens("staged_person where is_new"))
    cursor.execute("select min(id), max(id) from staged_person where is_new")
    low, high = cursor.fetchone()
    return added, (low, high) if added else None


# ---------- what the file had written ----------


# File and path of rows without a person come first.
INSERT_RAWS = (
    "insert into register_rawrow (file_id, area_path, sheet, row, person_id, cells)"
    " select %s, coalesce(s.area_path, %s), r.sheet, r.row, s.id, r.cells from {source}"
    " on conflict (file_id, sheet, row) do update"
    " set person_id = excluded.person_id, area_path = excluded.area_path, cells = excluded.cells"
    " where register_rawrow.person_id is distinct from excluded.person_id"
)


def store_raws(cursor: Any, file_id: int, path: str) -> None:
    """Raw cells of rows that were not taken, or that added or changed somebody. `path`: of rows without a person."""
    with whole_area():
        cursor.execute(
            INSERT_RAWS.format(
                source="staged_raw r left join staged_person s on s.sheet = r.sheet and s.row = r.row"
                " left join register_person p on p.id = s.id where s.id is null or (p.source_file_id = %s"
                " and p.source_sheet = s.sheet and p.source_row = s.row)"
            ),
            [file_id, path, file_id],
        )


def store_findings(cursor: Any, file_id: int, path: str, rows: Iterable[Sequence[Any]]) -> None:
    """(sheet, row, column, code, payload as JSON, is taken) of a file, instead of those of an earlier check."""
    cursor.execute("delete from register_rowfinding where file_id = %s and area_path = %s", [file_id, path])
    cursor.execute(
        'create temporary table staged_finding (sheet text, row int, "column" text, code text, payload text,'
        " is_taken boolean) on commit drop"
    )
    copy_rows(cursor, "staged_finding", rows)
    cursor.execute(
        'insert into register_rowfinding (file_id, area_path, sheet, row, "column", code, payload, is_taken)'
        " select %s, %s, coalesce(sheet, ''), row, coalesce(\"column\", ''), code, payload::jsonb, is_taken"
        " from staged_finding",
        [file_id, path],
    )
    cursor.execute("drop table staged_finding")
