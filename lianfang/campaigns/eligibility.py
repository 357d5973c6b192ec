"""Who is eligible, as data: a short list of conditions over plain columns of the register, turned into SQL.

Only columns named here exist for a campaign. Ethnicity, religion and their like are not in the register at all,
and sealed values cannot be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lianfang.core.problems import Problem

# base of a campaign → the person's column
BASE_COLUMN = {
    "registered": "is_registered_here",
    "living_here": "is_living_here",
    "here_tonight": "is_here_tonight",
}

FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    # field: SQL over p (person), h (household); operators allowed
    "age": ("extract(year from age(%(as_of)s::date, p.birth_on))", (">=", "<=", ">", "<", "==")),
    "sex": ("p.sex", ("==",)),
    "relation": ("p.relation", ("==", "!=")),
    "household_kind": ("h.kind", ("==",)),
}
_OF_HOUSEHOLD = frozenset({"household_kind"})
_SQL_OPERATOR = {"==": "=", "!=": "<>"}


@dataclass(frozen=True)
class Condition:
    field: str
    op: str
    value: Any


def parse(raw: list[dict[str, Any]]) -> tuple[Condition, ...]:
    """Conditions from a form or JSON; raises `campaigns.bad_eligibility` with what may be used."""
    found = []
    for entry in raw:
        name, op = str(entry.get("field", "")), str(entry.get("op", ""))
        if name not in FIELDS or op not in FIELDS[name][1]:
            raise Problem("campaigns.bad_eligibility", field=f"{name} {op}".strip(), fields="、".join(FIELDS))
        found.append(Condition(name, op, entry.get("value")))
    return tuple(found)


def people_sql(base: str, conditions: tuple[Condition, ...]) -> tuple[str, dict[str, Any]]:
    """A boolean over p and h: the person counts in the base and meets all conditions. Parameters are named;
    the caller adds `as_of`."""
    clauses = ["p.is_current", "h.is_current", f"p.{BASE_COLUMN[base]}"]
    values: dict[str, Any] = {}
    for index, condition in enumerate(conditions):
        clauses.append(
            f"{FIELDS[condition.field][0]} {_SQL_OPERATOR.get(condition.op, condition.op)} %(value_{index})s"
        )
        values[f"value_{index}"] = condition.value
    return " and ".join(clauses), values


def unnamed_sql(conditions: tuple[Condition, ...]) -> str:
    """A boolean over h: a household of whom nothing is known yet, so that whoever is looked for may live there. Only
    what is asked of the household itself can say no. Parameters are those of `people_sql`."""
    clauses = ["h.is_unnamed", "h.is_current"]
    for index, condition in enumerate(conditions):
        if condition.field in _OF_HOUSEHOLD:
            clauses.append(
                f"{FIELDS[condition.field][0]} {_SQL_OPERATOR.get(condition.op, condition.op)} %(value_{index})s"
            )
    return " and ".join(clauses)
