"""Families and days: what people are to a new head, and who lived at a door on a day. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# What the new head was to the old one → what each of the others, and the old head, is to the new one. What cannot be
# known (a grandchild of the old head may be the new head's child or nephew) becomes other, for a person to correct.
_AFTER: dict[str, dict[str, str]] = {
    "spouse": {"head": "spouse", "child": "child", "grandchild": "grandchild", "parent": "parent"},
    "child": {"head": "parent", "spouse": "parent"},
    "grandchild": {},
    "parent": {"head": "child", "spouse": "child", "child": "grandchild"},
}


def relation_after(new_head_was: str, other_was: str) -> str:
    """What somebody is to the new head, who was `new_head_was` to the old one."""
    if other_was == "tenant":
        return "tenant"
    return _AFTER.get(new_head_was, {}).get(other_was, "other")


def likely_head(people: Sequence[tuple[int, str, dt.date | None]]) -> int | None:
    """Whom a form may suggest as the new head, of (id, relation, birth): the spouse, else the eldest. A suggestion
    only: somebody confirms it."""
    order = sorted(
        people, key=lambda who: (who[1] == "tenant", who[1] != "spouse", who[2] or dt.date.max, who[0])
    )
    return order[0][0] if order else None


@dataclass(frozen=True, slots=True)
class Step:
    """One standing row of a person at one household."""

    person_id: int
    name: str
    relation: str
    happened_on: dt.date
    number: int  # of the row: settles the order within a day
    has_come: bool  # else has left


@dataclass(frozen=True, slots=True)
class Resident:
    person_id: int
    name: str
    relation: str
    since_on: dt.date | None = None  # None: since before anybody wrote it down
    until_on: dt.date | None = None  # the day they left, if they have since


def residents(members: Iterable[tuple[int, str, str]], steps: Iterable[Step], day: dt.date) -> list[Resident]:
    """Who lived in a household at the end of `day`. `members`: those of today (id, name, relation), `steps`: its
    standing rows. Whoever comes on a day lives there that day; whoever leaves or dies does not.

    A member without a row has been there since the first sheet; somebody whose first row is that they left was there
    before it.
    """
    rows: dict[int, list[Step]] = {}
    for step in sorted(steps, key=lambda step: (step.happened_on, step.number)):
        rows.setdefault(step.person_id, []).append(step)
    found = []
    for person, name, relation in members:
        if person not in rows:
            found.append(Resident(person, name, relation))
    for person, own in rows.items():
        before = [step for step in own if step.happened_on <= day]
        after = [step for step in own if step.happened_on > day]
        lived = before[-1].has_come if before else not after[0].has_come
        if lived:
            # The name and relation of the nearest row: what they were then.
            said = before[-1] if before else after[0]
            until = next((step.happened_on for step in after if not step.has_come), None)
            since = before[-1].happened_on if before else None
            found.append(Resident(person, said.name, said.relation, since, until))
    return found
