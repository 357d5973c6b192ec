"""The sheet on which a clerk enters an evening: the doors of a village in walking order, who lives there, what is still
to be asked, what was said last. A constant number of statements, whatever the number of doors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, OuterRef, Prefetch, QuerySet, Subquery, TextField, Value
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes, said
from lianfang.areas.rules import RANK
from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Fact, Round, Target, Visit, VisitLine
from lianfang.campaigns.models.visits import Outcome, Presence
from lianfang.campaigns.queries.asking import Asked, DoorQuestions, put_together, targets_asking
from lianfang.campaigns.queries.windows import with_forms
from lianfang.core import sealing
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.intake.entries import QUESTION, EntryForm, ListedDoor, ListedMember, OpenQuestion
from lianfang.intake.entries.answers import shown_as
from lianfang.intake.entries.presence import WORDS_OF_PRESENCE
from lianfang.intake.entries.visits import is_owed
from lianfang.questions.rules import QuestionDefinition, typed
from lianfang.register.models import Household, Person
from lianfang.workforce.models import Worker

MOST_DOORS = 400  # of one sheet; a larger village is entered group by group
VISITS_SHOWN = 5
SHOWS = ("owed", "all")
SEALED = "●"  # a sensitive answer: it is there, and is not shown
_SETTLED = (Presence.SEEN, Presence.ANSWERED_FOR, Presence.AWAY)
_AWAY_PLACE = VisitLine._meta.get_field("away_place").purpose


@dataclass(frozen=True, slots=True)
class Before:
    """A visit that stands, as the sheet says of it."""

    visit_id: UUID
    happened_at: dt.datetime
    outcome: str
    worker: str
    is_this_round: bool
    too_early: tuple[tuple[str, dt.datetime], ...] = ()  # what began only after it, and counts nobody it met


@dataclass(frozen=True, slots=True)
class SheetDoor:
    listed: ListedDoor
    where: str  # below the village: 1组3号
    path: str
    state: str  # of its targets together: open, not_met, done, exempt; "" on no list
    is_unnamed: bool
    before: Before | None
    in_base: frozenset[int]
    asked: tuple[QuestionDefinition, ...]  # by any round that runs here, known or not
    open: Mapping[str, tuple[OpenQuestion, ...]]  # who → what is asked and not known; "n": of somebody new
    known: Mapping[str, Mapping[str, str]]  # who → column → what is known, shown pale
    answered: Mapping[
        str, Mapping[str, Any]
    ]  # who → question → the same as a value, for conditions; never shown
    last: Mapping[str, Mapping[str, str]]  # who → column → what was said last, for 同上轮

    @property
    def is_owed(self) -> bool:
        return self.state in ("open", "not_met")

    @property
    def settled(self) -> frozenset[str]:
        """Whose 见到情况 nobody waits for."""
        met = {who for who, columns in self.known.items() if "presence" in columns}
        listed = {member.person_id for member in self.listed.members}
        return frozenset({*met, *map(str, listed - self.in_base)})

    @property
    def lacks(self) -> list[tuple[str, int]]:
        """What it owes, by name, and how many of its people owe it (1 for the household)."""
        unmet = [str(pk) for pk in self.in_base if str(pk) not in self.settled]
        counts = {str(_("见到情况")): len(unmet)} if unmet else {}
        for who, items in self.open.items():
            is_away = self.known.get(who, {}).get("presence") == WORDS_OF_PRESENCE["away"]
            if who == "n" or is_away or who in unmet:
                continue
            full = typed(self.asked, self.answered.get(who, {}))
            for item in items:
                if is_owed(item, full):
                    counts[item.question.label] = counts.get(item.question.label, 0) + 1
        return list(counts.items())


@dataclass(frozen=True, slots=True)
class EntrySheet:
    area: Area
    chain: tuple[Area, ...]  # from the county down
    parts: tuple[Area, ...]  # what the village divides into, to choose from
    doors: tuple[SheetDoor, ...]
    questions: tuple[QuestionDefinition, ...]
    rounds: tuple[Any, ...]  # that run here, the most urgent first
    own_worker: Worker | None

    @property
    def owed_count(self) -> int:
        return sum(door.is_owed for door in self.doors)

    def form(self, moment: dt.datetime) -> EntryForm:
        return EntryForm(
            tuple(door.listed for door in self.doors),
            self.questions,
            moment,
            open={door.listed.household_id: door.open for door in self.doors},
            known={door.listed.household_id: door.answered for door in self.doors},
            last={door.listed.household_id: door.last for door in self.doors},
            settled={door.listed.household_id: door.settled for door in self.doors},
        )


def get_sheet(
    scope: Scope, areas: Sequence[Area], now: dt.datetime, only: Collection[int] | None = None
) -> EntrySheet:
    """`areas`: the area with all above it from the county down, and all below it. `only`: of these households, where a
    few doors are read and not the page shown. Raises `intake.sheet_too_long`."""
    area = areas[0]
    tree = {found.path: found for found in areas}
    within = scope.within(area.path)
    households = _households(within, scope.actor_id, only)
    if len(households) > MOST_DOORS:
        raise Problem("intake.sheet_too_long", count=MOST_DOORS)
    people = list(_people(within, only))
    ids = [each.pk for each in households]
    # Each round once: with its campaign at every target it would be most of what is read.
    rounds_once = Prefetch("round", with_forms(Round.objects.all()))
    asked_for = targets_asking(within, ids, now).select_related(None).prefetch_related(rounds_once)
    targets = list(asked_for.only("round_id", "household_id", "person_id", "state"))
    facts = [_fact(each.pk, **fact) for each in households for fact in each.facts]
    asking = put_together(ids, targets, [p for p in people if p.household_id in set(ids)], facts, now)
    living: dict[int, list[Person]] = {}
    for person in people:
        living.setdefault(person.household_id, []).append(person)
    owing: dict[int, list[Target]] = {}
    for target in targets:
        owing.setdefault(target.household_id, []).append(target)
    doors = [
        _door(each, living.get(each.pk, []), owing.get(each.pk, []), asking[each.pk], tree, area)
        for each in households
    ]
    doors.sort(key=lambda pair: pair[0])
    own = households[0].own_worker if households else None
    rounds = {target.round_id: target.round for target in targets}
    return EntrySheet(
        area,
        tuple(found for found in _above(tree, area.path) if RANK[found.level] >= RANK[Area.Level.COUNTY]),
        tuple(_parts(tree, area)),
        tuple(door for _, door in doors),
        _questions(door for _, door in doors),
        tuple(sorted(rounds.values(), key=lambda found: found.due_at)),
        Worker(pk=own["id"], name=own["name"], title=own["title"]) if own else None,
    )


def together(sheets: Sequence[EntrySheet]) -> EntrySheet:
    """Several sheets as one: the first with the doors of the others. Each door stands in one of them only."""
    doors = tuple(door for sheet in sheets for door in sheet.doors)
    return replace(sheets[0], doors=doors, questions=_questions(doors))


def areas_of(code: str) -> list[Area]:
    """The area, then all above and below it: one statement. Raises `areas.unknown`."""
    found = list(Area.objects.raw(_AREAS, [code, code]))
    area = next((each for each in found if each.code == code), None)
    if area is None:
        raise Problem("areas.unknown", code=code)
    return [area, *(each for each in found if each.pk != area.pk)]


_AREAS = """
with recursive up as (
  select * from areas_area where code = %s
  union all select a.* from areas_area a join up on a.id = up.parent_id),
down as (select a.* from areas_area a, areas_area o where o.code = %s and a.path > o.path
  and a.path < left(o.path, -1) || '/' and a.valid_to is null and o.level not in ('province', 'prefecture', 'county'))
select * from up union select * from down order by path
"""


def village_of(areas: Sequence[Area]) -> Area:
    """The village in which an area lies; the area itself where it is none of a village's."""
    area = areas[0]
    above = [
        found for found in areas if area.path.startswith(found.path) and found.level == Area.Level.VILLAGE
    ]
    return above[0] if above else area


def _above(tree: Mapping[str, Area], path: str) -> list[Area]:
    return [tree[prefix] for prefix in prefixes(path) if prefix in tree]


def _parts(tree: Mapping[str, Area], area: Area) -> list[Area]:
    low, high = subtree(area.path)
    found = [each for path, each in tree.items() if low < path < high]
    return sorted(found, key=lambda each: each.path)


# ---------- what is read ----------


def _households(scope: Scope, actor_id: int | None, only: Collection[int] | None) -> list[Any]:
    """With their facts and the visits that stand, each as JSON: one statement."""
    facts = Fact.objects.filter(scope.q(), household_id=OuterRef("pk"))
    lines = VisitLine.objects.filter(scope.q(), visit_id=OuterRef("pk"))
    corrected = Visit.objects.filter(
        scope.q(), household_id=OuterRef("household_id"), supersedes=OuterRef("pk")
    )
    visits = (
        Visit.objects.filter(scope.q(), household_id=OuterRef("pk"))
        .exclude(outcome=Outcome.RECORDED)
        .annotate(
            later=Subquery(corrected.values("pk")[:1]),
            told=ArraySubquery(lines.values_list(_LINE)),
            made_by=Subquery(Worker.objects.filter(pk=OuterRef("worker_id")).values("name")),
        )
        .filter(later__isnull=True)
        .order_by("-happened_at", "-pk")
    )
    own = Worker.objects.filter(user_id=actor_id or 0, is_active=True)
    found = Household.objects.filter(scope.q(), is_current=True)
    if only is not None:
        found = found.filter(pk__in=list(only))
    return list(
        found.select_related("door").annotate(
            facts=ArraySubquery(facts.values_list(_FACT)),
            visits=ArraySubquery(visits.values_list(_VISIT)[:VISITS_SHOWN]),
            own_worker=Subquery(own.values_list(JSONObject(id="pk", name="name", title="title"))[:1]),
        )[: MOST_DOORS + 1]
    )


# What is sealed travels as hexadecimal digits.
_LINE = JSONObject(
    person_id="person_id",
    presence="presence",
    place=Func(F("away_place"), Value("hex"), function="encode", output_field=TextField()),
    back_on="back_on",
)
_VISIT = JSONObject(id="pk", happened_at="happened_at", outcome="outcome", worker="made_by", lines="told")
_FACT = JSONObject(
    person_id="person_id",
    question="question",
    value="value",
    sealed=Func(F("sealed_value"), Value("hex"), function="encode", output_field=TextField()),
    happened_at="happened_at",
    visit_id="visit_id",
)


def _fact(household_id: int, *, sealed: str | None, happened_at: str, visit_id: str, **known: Any) -> Fact:
    return Fact(
        household_id=household_id,
        sealed_value=bytes.fromhex(sealed) if sealed else None,
        happened_at=dt.datetime.fromisoformat(happened_at),
        visit_id=UUID(visit_id),
        **known,
    )


def _people(scope: Scope, only: Collection[int] | None) -> QuerySet[Person]:
    wanted = ("name", "relation", "reference", "household_id", "is_current", *BASE_COLUMN.values())
    found = Person.objects.filter(scope.q(), is_current=True)
    if only is not None:
        found = found.filter(household_id__in=list(only))
    return found.only(*wanted).order_by("household_id", "pk")


# ---------- one door ----------


def _door(
    household: Any,
    people: list[Person],
    targets: list[Target],
    questions: DoorQuestions,
    tree: Mapping[str, Area],
    area: Area,
) -> tuple[tuple[Any, ...], SheetDoor]:
    """With the key by which doors stand in walking order."""
    chain = _above(tree, household.area_path)
    here = chain[-1] if chain else None
    bases = {BASE_COLUMN[target.round.campaign.base] for target in targets}
    in_base = frozenset(
        person.pk for person in people if not bases or any(getattr(person, base) for base in bases)
    )
    people = sorted(
        people, key=lambda person: (person.pk not in in_base, person.relation != "head", person.pk)
    )
    # What all doors of the sheet have in common stands above it.
    below = [
        found.name
        for found in said(chain)
        if RANK[found.level] > RANK[Area.Level.VILLAGE] and not area.path.startswith(found.path)
    ]
    listed = ListedDoor(
        household.pk,
        household.door.label,
        tuple(found.name for found in chain if RANK[found.level] >= RANK[Area.Level.PREFECTURE]),
        tuple(ListedMember(p.pk, p.name, p.relation, p.reference) for p in people),
        household.reference,
        household.head_name,
    )
    asked = _asked(questions)
    known, last, still_open = _said(asked)
    before = _presences(household.visits, questions.roster_since.values(), known, last)
    if before:
        before = replace(before, too_early=_too_early(before, targets, questions.roster_since))
    door = SheetDoor(
        listed,
        "".join(below) + household.door.label,
        household.area_path,
        _state(targets),
        household.is_unnamed,
        before,
        in_base,
        tuple({one.question.key: one.question for each in asked.values() for one in each}.values()),
        still_open,
        known,
        _answered(asked),
        last,
    )
    order = (here.parent_id or 0, here.walk_order, here.path) if here else (0, 0, household.area_path)
    return (*order, household.door.walk_order, household.pk), door


def _state(targets: Iterable[Target]) -> str:
    states = {target.state for target in targets}
    return next((state for state in ("open", "not_met", "done", "exempt") if state in states), "")


def _asked(questions: DoorQuestions) -> dict[str, tuple[Asked, ...]]:
    """who → what is asked there, each question once; "n": of somebody of whom nothing is known yet."""
    of_people = {str(person): asked for person, asked in questions.people.items()}
    return {"": questions.household, "n": questions.anyone, **of_people}


def _said(
    asked: Mapping[str, Iterable[Asked]],
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]], dict[str, tuple[OpenQuestion, ...]]]:
    """What is known, what was said last, and what is open, by who. A sensitive answer is not shown and never taken
    over from last time: it is asked."""
    known: dict[str, dict[str, str]] = {}
    last: dict[str, dict[str, str]] = {}
    for who, questions in asked.items():
        for one in questions:
            is_sensitive = one.question.privacy == "sensitive"
            shown = shown_as(one.question, one.fact.value) if one.fact and not is_sensitive else ""
            if shown:
                last.setdefault(who, {})[QUESTION + one.question.key] = shown
            if one.is_known:
                known.setdefault(who, {})[QUESTION + one.question.key] = shown or SEALED
    still_open = {
        who: tuple(
            OpenQuestion(one.question, one.is_required, one.conditions)
            for one in questions
            if not one.is_known
        )
        for who, questions in asked.items()
    }
    return known, last, still_open


def _answered(asked: Mapping[str, Iterable[Asked]]) -> dict[str, dict[str, Any]]:
    """By who, what counts already. A sensitive answer is opened only where a question that is open may depend on it."""
    found: dict[str, dict[str, Any]] = {}
    for who, questions in asked.items():
        is_depended_on = any(any(each) for one in questions if not one.is_known for each in one.conditions)
        for one in questions if is_depended_on else ():
            if one.is_known and one.fact is not None:
                sealed = one.fact.sealed_value
                value = sealing.unseal_json_left(sealed, purpose="fact") if sealed else one.fact.value
                found.setdefault(who, {})[one.question.key] = value
    return found


def _presences(
    visits: Sequence[Mapping[str, Any]],
    since: Collection[dt.datetime],
    known: dict[str, dict[str, str]],
    last: dict[str, dict[str, str]],
) -> Before | None:
    """The newest settled word of each member into `known` (while it serves every round) and `last`; and the newest
    visit. `since`: from when on each round counts who was met."""
    told: set[int] = set()
    for visit in visits:
        is_now = bool(since) and dt.datetime.fromisoformat(visit["happened_at"]) >= max(since)
        for line in visit["lines"]:
            if line["person_id"] in told or line["presence"] not in _SETTLED:
                continue
            told.add(line["person_id"])
            texts = {"presence": WORDS_OF_PRESENCE[line["presence"]]}
            if line["place"]:
                texts["place"] = sealing.unseal(bytes.fromhex(line["place"]), purpose=_AWAY_PLACE)
            if line["back_on"]:
                texts["back"] = line["back_on"]
            who = str(line["person_id"])
            last.setdefault(who, {}).update(texts)
            if is_now:
                known.setdefault(who, {}).update(texts)
    if not visits:
        return None
    newest = visits[0]
    happened_at = dt.datetime.fromisoformat(newest["happened_at"])
    is_this_round = bool(since) and happened_at >= min(since)
    return Before(UUID(newest["id"]), happened_at, newest["outcome"], newest["worker"] or "", is_this_round)


def _too_early(
    before: Before, targets: Iterable[Target], since: Mapping[int, dt.datetime]
) -> tuple[tuple[str, dt.datetime], ...]:
    owed = {each.round_id: each.round.campaign.name for each in targets if each.state in ("open", "not_met")}
    return tuple(
        (name, since[pk]) for pk, name in owed.items() if pk in since and since[pk] > before.happened_at
    )


def _questions(doors: Iterable[SheetDoor]) -> tuple[QuestionDefinition, ...]:
    """The union over the list, what is asked of households first."""
    found = {question.key: question for door in doors for question in door.asked}
    return tuple(sorted(found.values(), key=lambda question: question.about != "household"))
