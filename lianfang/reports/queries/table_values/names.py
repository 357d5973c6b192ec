"""Rows that are people or households: streamed in walking order, ids and phones opened 5,000 rows at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lianfang.areas.naming import standard_name
from lianfang.campaigns import eligibility
from lianfang.core.clock import local
from lianfang.core.problems import Problem
from lianfang.core.scope import subtree
from lianfang.core.sealing import Unsealer
from lianfang.core.set_wise import whole_area
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.models import Household, Person
from lianfang.reports.queries.table_values.areas import Tree
from lianfang.reports.queries.table_values.asking import REASONS, SheetAsk, refusal
from lianfang.reports.queries.table_values.counting import age_bounds, says_number, since_by_key
from lianfang.reports.tables import Listed, Meaning, Value

FETCHED = 5_000
MOST_EXAMPLES = 3
_numbers = count(1)
Convert = Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the register: how it is read, and how it is said. `sealed`: the purpose it was sealed for."""

    sql: str
    sealed: str = ""
    said: Convert | None = None


def _yes(value: Any) -> Value:
    return None if value is None else _("是") if value else _("否")


def _text(value: Any) -> Value:
    return value or None


def _day(value: Any) -> Value:
    return None if value is None else local(value).date()


def _label(choices: Sequence[tuple[Any, Any]]) -> Convert:
    words = dict(choices)
    return lambda value: str(words[value]) if value in words and value else None


_DOOR = {
    "head_name": Column("h.head_name", said=_text),
    "household_reference": Column("h.reference", said=_text),
    "household_kind": Column("h.kind", said=_label(Household.Kind.choices)),
    "collective_kind": Column("h.collective_kind", said=_label(Household.CollectiveKind.choices)),
    "expected_count": Column("h.expected_count"),
    "contact_phone": Column("h.contact_phone", sealed="household.contact_phone"),
    "visited_on": Column(
        "(select max(v.happened_at) from campaigns_visit v where v.household_id = h.id and v.channel in ('door', 'desk')"
        " and v.area_path >= %(low)s and v.area_path < %(high)s"
        " and not exists (select from campaigns_visit s where s.supersedes = v.id))",
        said=_day,
    ),
    "label": Column("d.label", said=_text),
    "unit": Column("d.unit", said=_text),
    "floor": Column("d.floor", said=_text),
    "room": Column("d.room", said=_text),
    "walk_order": Column("d.walk_order"),
    "door": Column("d.label", said=_text),  # with what lies above it, see _said
    "head_phone": Column("hp.phone", sealed="person.phone"),
    "head_id_number": Column("hp.id_number", sealed="person.id_number"),
}
_PERSON = {
    "name": Column("p.name", said=_text),
    "id_number": Column("p.id_number", sealed="person.id_number"),
    "phone": Column("p.phone", sealed="person.phone"),
    "sex": Column("p.sex", said=_label(Person.Sex.choices)),
    "birth_on": Column("p.birth_on"),
    "age": Column("extract(year from age(%(as_of)s::date, p.birth_on))::int"),
    "relation": Column("p.relation", said=_label(Person.Relation.choices)),
    "reference": Column("p.reference", said=_text),
    "is_registered_here": Column("p.is_registered_here", said=_yes),
    "is_living_here": Column("p.is_living_here", said=_yes),
    "is_here_tonight": Column("p.is_here_tonight", said=_yes),
    "registered_place": Column("p.registered_place", sealed="person.registered_place"),
    "present_place": Column("p.present_place", sealed="person.present_place"),
    **_DOOR,
}
# Of a household the person's own fields are those of its head.
_HOUSEHOLD = {
    **{
        key: Column(column.sql.replace("p.", "hp.", 1), column.sealed, column.said)
        for key, column in _PERSON.items()
        if column.sql.startswith("p.")
    },
    **_DOOR,
    "name": _DOOR["head_name"],
    "age": Column("extract(year from age(%(as_of)s::date, hp.birth_on))::int"),
}
FIELDS = {"person": _PERSON, "household": _HOUSEHOLD}
COUNTED = frozenset(
    {
        "household_count",
        "people_count",
        "sex",
        "age",
        "is_living_here",
        "is_registered_here",
        "is_here_tonight",
    }
)


def name_rows(ask: SheetAsk) -> Iterator[tuple[str, Sequence[Value]]]:
    """(area path, values) a row. Within one transaction, with a scope over the area. Where the sheet names its rows
    already, one for each of those, in their order: without values ('', ()) where nobody, or more than one, fits."""
    yield from _listed_rows(ask) if ask.layout.listed else _streamed(ask)


def _listed_rows(ask: SheetAsk) -> Iterator[tuple[str, Sequence[Value]]]:
    """What is written beside a name is of that person or of nobody: by name, and by the number where one is given.
    One to three rows that name nobody of the register show how it is meant: all others follow below them."""
    name_at, number_at = _given_at(ask, _NAMED_BY), _given_at(ask, _NUMBERED_BY)
    found: dict[str, list[tuple[str, Sequence[Value]]]] = defaultdict(list)
    if name_at is not None:
        for path, values in _streamed(ask, _names_listed(ask)):
            found[_plain(values[name_at])].append((path, values))
    for row in ask.layout.listed:
        fitting = found.get(_plain(_said_in(row, name_at)), [])
        if number := _plain(_said_in(row, number_at)).upper():
            fitting = [one for one in fitting if _plain(one[1][number_at or 0]).upper() == number]
        yield fitting[0] if len(fitting) == 1 else ("", ())
    if not found and len(ask.layout.listed) <= MOST_EXAMPLES:
        yield from _streamed(ask)


_NAMED_BY = {"person": "name", "household": "head_name"}
_NUMBERED_BY = {"person": "id_number", "household": "head_id_number"}


def _given_at(ask: SheetAsk, keys: Mapping[str, str]) -> int | None:
    """The column that says by what a row is known."""
    wanted = keys[ask.layout.row_kind]
    places = (
        at
        for at, meaning in enumerate(ask.meanings)
        if (meaning.kind, meaning.key) == ("register", wanted) and meaning.measure != "count"
    )
    return next(places, None)


def _said_in(row: Listed, at: int | None) -> str:
    return row.cells[at] if at is not None and at < len(row.cells) else ""


def _plain(value: Value) -> str:
    return "".join(str(value or "").split())


def _names_listed(ask: SheetAsk) -> list[str]:
    at = _given_at(ask, _NAMED_BY)
    return sorted({_plain(_said_in(row, at)) for row in ask.layout.listed} - {""})


def _streamed(ask: SheetAsk, names: Sequence[str] | None = None) -> Iterator[tuple[str, Sequence[Value]]]:
    """Everybody whom the sheet lists, or those of them who are called so."""
    plan = _Plan(ask)
    low, high = ask.table.scope.within(ask.table.area.path).ranges[0]
    statement, values = _statement(ask, plan, names)
    values |= {"low": low, "high": high, "as_of": ask.table.day.date}
    name = f"table_rows_{next(_numbers)}"
    with connection.cursor() as cursor:
        with whole_area():
            cursor.execute(
                "set local cursor_tuple_fraction = 1"
            )  # all rows are wanted, not the first few soon
            cursor.execute(f"declare {name} no scroll cursor for {statement}", values)
        try:
            while True:
                cursor.execute(f"fetch {FETCHED} from {name}")
                rows = cursor.fetchall()
                if not rows:
                    return
                yield from plan.said(rows)
        finally:
            if connection.connection is not None and not connection.needs_rollback:
                cursor.execute(f"close {name}")


def _statement(ask: SheetAsk, plan: _Plan, names: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    clause, values = eligibility.people_sql(ask.who.base, eligibility.parse(list(ask.who.conditions)))
    for number, (key, value) in enumerate(_answers_asked(ask)):
        clause += (
            f" and exists (select from campaigns_fact f where f.household_id = h.id and f.question = %(key_{number})s"
            f" and f.person_id = {'p.id' if ask.table.questions[key].about == 'person' else '0'}"
            f" and f.happened_at >= %(since_{number})s and f.area_path >= %(low)s and f.area_path < %(high)s"
            f" and (f.value = %(said_{number})s::jsonb or f.value @> %(said_{number})s::jsonb))"
        )
        values |= {
            f"key_{number}": key,
            f"since_{number}": ask.table.since(ask.table.questions[key]),
            f"said_{number}": json.dumps(value),
        }
    if names is not None:
        clause += f" and {'p.name' if ask.layout.row_kind == 'person' else 'h.head_name'} = any(%(listed)s)"
        values["listed"] = list(names)
    columns = ", ".join(["h.area_path", "h.id", *plan.sql])
    statement = _PEOPLE if ask.layout.row_kind == "person" else _HOUSEHOLDS
    head = _HEAD if any("hp." in one for one in plan.sql) else ""
    return statement.format(columns=columns, clause=clause, head=head), values


def _answers_asked(ask: SheetAsk) -> list[tuple[str, Any]]:
    """What people must have answered to be listed. A question of another purpose, or a sensitive one, picks nobody:
    that somebody stands in the list would tell their answer. Raises `reports.pick_refused`."""
    for key, _value in ask.who.answers:
        reason = refusal(ask, Meaning("question", key, measure="value"))
        if reason:
            raise Problem("reports.pick_refused", detail=str(REASONS[reason]))
    return list(ask.who.answers)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Of the households of some thousand rows: answers by (household, question), members by household."""

    facts: Mapping[tuple[int, str], list[tuple[int, Any, dt.datetime]]]
    members: Mapping[int, list[tuple[Any, ...]]]


class _Plan:
    """Which columns are read for a sheet, and how a row of them becomes a row of the sheet."""

    def __init__(self, ask: SheetAsk) -> None:
        self.ask = ask
        self.tree = Tree.around(ask.table.area)
        self._addresses: dict[str, str] = {}
        is_person = ask.layout.row_kind == "person"
        fields = FIELDS[ask.layout.row_kind]
        self.sql: list[str] = ["p.id" if is_person else "0"]
        self._open: dict[int, Unsealer] = {}
        self._given = [not refusal(ask, meaning) for meaning in ask.meanings]
        self._place: list[int | None] = []  # in a row as read, of each column
        for meaning, is_given in zip(ask.meanings, self._given, strict=True):
            column = fields.get(meaning.key) if is_given and meaning.kind == "register" else None
            if column is None or (meaning.measure == "count" and meaning.key not in fields):
                self._place.append(None)
                continue
            at = 2 + len(self.sql)
            if column.sealed:
                self._open[at] = Unsealer(purpose=column.sealed)
            self.sql.append(column.sql)
            self._place.append(at)
        asked = [
            one.key
            for one, given in zip(ask.meanings, self._given, strict=True)
            if given and one.kind == "question"
        ]
        self.questions: dict[str, QuestionDefinition] = {key: ask.table.questions[key] for key in asked}
        self._counts = [
            one
            for one, given in zip(ask.meanings, self._given, strict=True)
            if given and one.kind == "register" and _is_count(one)
        ]

    def said(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, Sequence[Value]]]:
        households = sorted({row[1] for row in rows})
        batch = _Batch(
            self._facts(households) if self.questions else {},
            self._members(households) if self._counts else {},
        )
        columns = list(zip(self.ask.meanings, self._place, self._given, strict=True))
        if any(meaning.kind == "place" and meaning.key == "answers" for meaning in self.ask.meanings):
            self.tree.answering(row[0] for row in rows)
        for row in rows:
            yield (
                row[0],
                [
                    self._cell(meaning, at, row, batch)
                    if is_given
                    else self.tree.said(row[0], meaning.key)
                    if meaning.kind == "place"
                    else None
                    for meaning, at, is_given in columns
                ],
            )

    def _cell(self, meaning: Meaning, at: int | None, row: tuple[Any, ...], batch: _Batch) -> Value:
        path, household, person = row[0], row[1], row[2]
        if meaning.kind == "place":
            return self.tree.said(path, meaning.key)
        if meaning.kind == "question":
            return self._answer(meaning, batch.facts.get((household, meaning.key), ()), person)
        if meaning.kind != "register":
            return None
        if _is_count(meaning):
            found = batch.members.get(household, ())
            return 1 if meaning.key == "household_count" else sum(_counts(meaning, one) for one in found)
        value = None if at is None else row[at]
        if at is None or value is None:
            return None
        if at in self._open:
            return self._open[at](value) or None
        if meaning.key == "door":
            return f"{self._address(path)}{value}" or None
        said = FIELDS[self.ask.layout.row_kind][meaning.key].said
        return said(value) if said else value

    def _address(self, path: str) -> str:
        if path not in self._addresses:
            steps = self.tree.steps(path)
            levels = ("section", "estate", "building" if "building" in steps else "grid", "group")
            self._addresses[path] = "".join(
                standard_name(level, steps[level].name)
                for level in ("section", "estate", "grid", "group", "building")
                if level in steps and level in levels
            )
        return self._addresses[path]

    def _answer(self, meaning: Meaning, said: Sequence[tuple[int, Any, dt.datetime]], person: int) -> Value:
        question = self.questions[meaning.key]
        own = person if question.about == "person" and person else None
        begin = self.ask.table.day.begin if meaning.span == "today" else None
        values = [
            value
            for subject, value, at in said
            if (begin is None or at >= begin)
            and (subject == own if own else question.about == "person" or subject == 0)
        ]
        if not values:
            return None
        is_one = bool(own) or question.about == "household"
        if is_one and meaning.measure in ("value", "sum", ""):
            return said_value(question, values[0])
        if meaning.measure in ("value", "sum"):  # of the members of a household
            numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
            return sum(numbers) if numbers else None
        matching = sum(1 for one in values if not meaning.choice or _has(one, meaning.choice))
        return matching / len(values) if meaning.measure == "share" else matching

    def _facts(self, households: Sequence[int]) -> dict[tuple[int, str], list[tuple[int, Any, dt.datetime]]]:
        low, high = subtree(self.ask.table.area.path)
        since = since_by_key(self.ask.table, self.questions)
        with connection.cursor() as cursor:
            cursor.execute(_FACTS, [list(households), list(self.questions), low, high])
            found: dict[tuple[int, str], list[tuple[int, Any, dt.datetime]]] = defaultdict(list)
            for household, person, key, value, at in cursor.fetchall():
                if at >= since[key]:
                    found[household, key].append((person, json.loads(value), at))
        return found

    def _members(self, households: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
        low, high = subtree(self.ask.table.area.path)
        with connection.cursor() as cursor:
            cursor.execute(_MEMBERS, [self.ask.table.day.date, list(households), low, high])
            found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
            for household, *rest in cursor.fetchall():
                found[household].append(tuple(rest))
        return found


def _is_count(meaning: Meaning) -> bool:
    return meaning.key in ("household_count", "people_count") or (
        meaning.measure == "count" and meaning.key in COUNTED
    )


_MEMBER = {"sex": 0, "age": 1, "is_living_here": 2, "is_registered_here": 3, "is_here_tonight": 4}


def _counts(meaning: Meaning, member: tuple[Any, ...]) -> bool:
    if meaning.key == "people_count":
        return True
    value = member[_MEMBER[meaning.key]]
    if meaning.key == "age":
        low, high = age_bounds(meaning.choice)
        return value is not None and low <= value <= high
    if meaning.key == "sex":
        return bool(value == meaning.choice)
    return bool(value) is (meaning.choice != "false")


def _has(value: Any, choice: str) -> bool:
    if isinstance(value, list):
        return choice in value
    if isinstance(value, bool):
        return value is (choice == "true")
    return says_number(value, choice) if isinstance(value, int | float) else str(value) == choice


def said_value(question: QuestionDefinition, value: Any) -> Value:
    """An answer as a county writes it into a cell."""
    words = dict(question.choices)
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, list):
        return _("、").join(words.get(one, str(one)) for one in value)
    if question.type == "date":
        return dt.date.fromisoformat(value)
    return words.get(value, value) if isinstance(value, str) else value


# One head a household, also where two are written down.
_HEAD = """
left join (select distinct on (q.household_id) q.* from register_person q where q.relation = 'head' and q.is_current
  and q.area_path >= %(low)s and q.area_path < %(high)s order by q.household_id, q.id) hp on hp.household_id = h.id"""
_PEOPLE = """
select {columns} from register_person p
join register_household h on h.id = p.household_id and h.area_path >= %(low)s and h.area_path < %(high)s
join register_door d on d.id = h.door_id and d.area_path >= %(low)s and d.area_path < %(high)s{head}
where p.area_path >= %(low)s and p.area_path < %(high)s and {clause}
order by d.area_path, d.walk_order, d.id, h.id, p.id
"""
_HOUSEHOLDS = """
select {columns} from register_household h
join register_door d on d.id = h.door_id and d.area_path >= %(low)s and d.area_path < %(high)s{head}
where h.area_path >= %(low)s and h.area_path < %(high)s and h.is_current and not h.is_unnamed
  and exists (select from register_person p where p.household_id = h.id and p.area_path >= %(low)s
    and p.area_path < %(high)s and {clause})
order by d.area_path, d.walk_order, d.id, h.id
"""
_FACTS = """
select household_id, person_id, question, value::text, happened_at from campaigns_fact
where household_id = any(%s) and question = any(%s) and area_path >= %s and area_path < %s and value is not null
order by household_id, person_id
"""
_MEMBERS = """
select household_id, sex, extract(year from age(%s::date, birth_on))::int, is_living_here, is_registered_here,
  is_here_tonight from register_person
where household_id = any(%s) and is_current and area_path >= %s and area_path < %s
"""

_ANYBODY = """
select exists (select from register_person o where o.name = any(%(words)s) and o.area_path >= %(low)s
  and o.area_path < %(high)s and not (o.area_path >= %(own_low)s and o.area_path < %(own_high)s)
  and not exists (select from register_person i where i.name = o.name and i.area_path >= %(own_low)s
    and i.area_path < %(own_high)s))
"""


def is_anybody_named(words: Sequence[str], whole_path: str, own_path: str) -> bool:
    """Is one of these words the name of somebody in the whole area, and of nobody in the part of it?"""
    low, high = subtree(whole_path)
    own_low, own_high = subtree(own_path)
    values: dict[str, Any] = {
        "words": list(words),
        "low": low,
        "high": high,
        "own_low": own_low,
        "own_high": own_high,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ANYBODY, values)
        return bool(cursor.fetchone()[0])
