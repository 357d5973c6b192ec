"""What the desk shows of one door, and what waits to be put right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import JSONObject

from lianfang.accounts.models import User
from lianfang.accounts.queries import names_of
from lianfang.areas.models import Area
from lianfang.areas.queries import said
from lianfang.areas.rules import RANK
from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Exemption, Fact, Target, Visit, VisitLine
from lianfang.campaigns.queries.asking import Asked, DoorQuestions, put_together, targets_asking
from lianfang.campaigns.queries.saving import Saved, saved_at
from lianfang.campaigns.rules import FOREVER, RECORDED
from lianfang.core.clock import local
from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.core.sealing import unseal
from lianfang.intake.doubts import TWO_ANSWERS
from lianfang.intake.models import WAITING, Conflict, Operation, PaperVisit
from lianfang.questions.queries import questions_by_key
from lianfang.register.models import Household, Person
from lianfang.workforce.models import Worker

ATTEMPTS_SHOWN = 20
VILLAGE = RANK[Area.Level.VILLAGE]


@dataclass(frozen=True, slots=True)
class Line:
    """One member at one visit."""

    person_id: int
    presence: str
    away_place: str
    back_on: dt.date | None
    answers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One visit as the page tells it, corrected ones too."""

    visit: Visit
    worker: str
    typist: str  # who typed it in, if somebody else did
    lines: dict[int, Line]  # by person
    is_corrected: bool

    @property
    def seen_count(self) -> int:
        return sum(line.presence in ("seen", "answered_for") for line in self.lines.values())


@dataclass(frozen=True, slots=True)
class Member:
    person: Person
    age: int | None
    is_in_base: bool


@dataclass(frozen=True, slots=True)
class DoorPage:
    household: Household
    areas: list[Area]  # from the county down to where the door is
    members: list[Member]
    targets: list[Target]  # of rounds that run now, the most urgent first
    target: Target | None  # of the round whose list is being worked
    questions: DoorQuestions
    tellers: dict[UUID, str]  # who brought what is known, by visit
    attempts: list[Attempt]  # newest first
    own_worker: Worker | None  # who is reading
    saved: Mapping[UUID, Saved]  # by visit: forms filled, questions saved

    @property
    def asked(self) -> dict[str, tuple[Asked, ...]]:
        """All that may be answered here: of the household, and of any person."""
        return {"household": self.questions.household, "person": self.questions.anyone}

    @property
    def has_exemption(self) -> bool:
        """Asked for and not decided yet, in the round whose list is being worked."""
        return bool(self.target and self.target.is_asked)  # type: ignore[attr-defined]

    @property
    def area(self) -> Area:
        return self.areas[-1]

    @property
    def where(self) -> str:
        return _where(self.areas, self.household)

    @property
    def standing(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if not attempt.is_corrected]


def _where(areas: list[Area], household: Household) -> str:
    below = [area.name for area in said(areas) if RANK[area.level] > VILLAGE]
    return "".join(below) + household.door.label


def get_door(scope: Scope, household_id: int, now: dt.datetime, round_id: int | None = None) -> DoorPage:
    """One household with all that is known of it, or `register.unknown_household`."""
    household = (
        Household.objects.filter(scope.q(), pk=household_id)
        .select_related(_UP)
        .annotate(
            known=ArraySubquery(
                Fact.objects.filter(scope.q(), household_id=OuterRef("pk"))
                .annotate(teller=Subquery(_TELLER))
                .values_list(_FACT)
            ),
            own_worker=Subquery(_named(Worker.objects.filter(user_id=scope.actor_id or 0, is_active=True))),
        )
        .first()
    )
    if household is None:
        raise Problem("register.unknown_household")
    known = [_fact(household_id, **one) for one in household.known]
    own = household.own_worker
    every = list(targets_asking(scope, [household_id], now).annotate(is_asked=Exists(_PENDING)))
    targets = _one_a_round(every)
    people = _people(scope, household_id)
    chosen = next((target for target in targets if target.round_id == round_id), None)
    target = chosen or next(iter(targets), None)
    attempts = _attempts(scope, household_id)
    facts = [fact for fact, _ in known]
    questions = put_together([household_id], every, people, facts, now)[household_id]
    return DoorPage(
        household,
        _from_county(household.door.area),
        _members(people, targets, now),
        targets,
        target,
        questions,
        {fact.visit_id: teller for fact, teller in known},
        attempts,
        Worker(pk=own["id"], name=own["name"], title=own["title"]) if own else None,
        _saved(attempts, every, questions, facts),
    )


def _saved(
    attempts: Iterable[Attempt], targets: Collection[Target], questions: DoorQuestions, facts: Iterable[Fact]
) -> dict[UUID, Saved]:
    """Of each visit that stands. What it said in secret is told by the facts that it left."""
    newest = {(fact.person_id, fact.question): fact.visit_id for fact in facts}
    given = []
    for attempt in attempts:
        if attempt.is_corrected or attempt.visit.outcome == RECORDED:
            continue
        said = {about for about, visit in newest.items() if visit == attempt.visit.pk}
        said |= {(0, key) for key, value in attempt.visit.answers.items() if value is not None}
        for line in attempt.lines.values():
            said |= {(line.person_id, key) for key, value in line.answers.items() if value is not None}
        given.append((attempt.visit.pk, attempt.visit.happened_at, said))
    return saved_at(given, targets, questions.taken, newest)


def asking_also(
    door: DoorPage, household: Collection[str], people: Mapping[int, Collection[str]], anyone: Collection[str]
) -> DoorPage:
    """The door with fields for what a record said that is changed there, though no round that runs asks it any more:
    without a field it would be lost. Keys of questions; `anyone`: of somebody who is in no register yet."""
    known = questions_by_key()

    def more(before: Iterable[Asked], keys: Iterable[str]) -> tuple[Asked, ...]:
        asked = {one.question.key: one for one in before}
        for key in keys:
            if key in known:
                asked.setdefault(key, Asked(known[key], False, (), (), (), FOREVER))
        return tuple(asked.values())

    questions = door.questions
    in_base = {member.person.pk for member in door.members if member.is_in_base}
    said = {key for keys in people.values() for key in keys}
    of_people = {
        pk: more(questions.people.get(pk, () if pk in in_base else questions.anyone), keys)
        for pk, keys in people.items()
    }
    return replace(
        door,
        questions=replace(
            questions,
            household=more(questions.household, household),
            people={**questions.people, **of_people},
            anyone=more(questions.anyone, sorted(said | set(anyone))),
        ),
    )


# From a building, the deepest there is, up to its county: read with the door.
_UP = "door__area" + "__parent" * (RANK[Area.Level.BUILDING] - RANK[Area.Level.COUNTY])


def _from_county(area: Area) -> list[Area]:
    found = [area]
    while found[0].parent and RANK[found[0].level] > RANK[Area.Level.COUNTY]:
        found.insert(0, found[0].parent)
    return found


# A sensitive answer stays sealed: the page says only that it is there.
_FACT = JSONObject(
    person_id="person_id",
    question="question",
    value="value",
    happened_at="happened_at",
    visit_id="visit_id",
    teller="teller",
)
# Who stood at the door when it was said.
_TELLER = (
    Visit.objects.filter(pk=OuterRef("visit_id"))
    .annotate(teller=Subquery(Worker.objects.filter(pk=OuterRef("worker_id")).values("name")))
    .values("teller")
)


def _fact(
    household_id: int, *, happened_at: str, visit_id: str, teller: str | None, **known: Any
) -> tuple[Fact, str]:
    at = dt.datetime.fromisoformat(happened_at)
    return Fact(household_id=household_id, happened_at=at, visit_id=UUID(visit_id), **known), teller or ""


def _named(workers: QuerySet[Worker]) -> QuerySet[Any]:
    return workers.values_list(JSONObject(id="pk", name="name", title="title", user="user_id"))[:1]


_PENDING = Exemption.objects.filter(
    household_id=OuterRef("household_id"),
    round_id=OuterRef("round_id"),
    decision=Exemption.Decision.PENDING,
)


def _one_a_round(found: Iterable[Target]) -> list[Target]:
    """One for each running round: the household's own, or the first of its people's."""
    once: dict[int, Target] = {}
    for target in found:
        before = once.setdefault(target.round_id, target)
        if before.state in ("done", "exempt") and target.state in ("open", "not_met"):
            once[target.round_id] = target
    return list(once.values())


def _people(scope: Scope, household_id: int) -> list[Person]:
    """Who lives there. Who has died or moved away is asked for no more; where a visit had found them so, it can be
    corrected."""
    told = VisitLine.objects.filter(visit__household_id=household_id).values("person_id")
    known = Q(is_current=True) | Q(pk__in=told)
    return list(Person.objects.filter(scope.q(), known, household_id=household_id).order_by("pk"))


def _members(people: Iterable[Person], targets: Iterable[Target], now: dt.datetime) -> list[Member]:
    bases = {BASE_COLUMN[target.round.campaign.base] for target in targets}
    today = local(now).date()
    found = [
        Member(
            person,
            _age(person.birth_on, today),
            person.is_current and (not bases or any(getattr(person, base) for base in bases)),
        )
        for person in people
    ]
    return sorted(found, key=lambda member: not member.is_in_base)


def _age(birth_on: dt.date | None, today: dt.date) -> int | None:
    if birth_on is None:
        return None
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))


def _attempts(scope: Scope, household_id: int) -> list[Attempt]:
    """What was tried, with its lines and who did and typed it: one statement."""
    told = VisitLine.objects.filter(scope.q(), visit_id=OuterRef("pk"))
    visits = (
        Visit.objects.filter(scope.q(), household_id=household_id)
        .annotate(
            told=ArraySubquery(told.values_list(_LINE)),
            made_by=Subquery(_named(Worker.objects.filter(pk=OuterRef("worker_id")))),
            paper=Subquery(
                PaperVisit.objects.filter(scope.q(), visit_id=OuterRef("pk")).values("paper_id")[:1]
            ),
            typist=Subquery(User.objects.filter(pk=OuterRef("recorded_by")).values("name")),
        )
        .order_by("-happened_at", "-pk")[:ATTEMPTS_SHOWN]
    )
    found = list(visits)
    corrected = {visit.supersedes for visit in found if visit.supersedes}
    return [_attempt(visit, is_corrected=visit.pk in corrected) for visit in found]


# A member's line as JSON; what is sealed travels as hexadecimal digits.
_LINE = JSONObject(
    person_id="person_id",
    presence="presence",
    place=Func(F("away_place"), Value("hex"), function="encode", output_field=TextField()),
    back_on="back_on",
    answers="answers",
)


def _attempt(visit: Any, *, is_corrected: bool) -> Attempt:
    worker = visit.made_by or {}
    is_own = worker.get("user") == visit.recorded_by
    lines = {told["person_id"]: _line(**told) for told in visit.told}
    return Attempt(visit, worker.get("name", ""), "" if is_own else visit.typist or "", lines, is_corrected)


def _line(
    *, person_id: int, presence: str, place: str | None, back_on: str | None, answers: dict[str, Any]
) -> Line:
    where = unseal(bytes.fromhex(place), purpose=_AWAY_PLACE) if place else ""
    return Line(person_id, presence, where, dt.date.fromisoformat(back_on) if back_on else None, answers)


_AWAY_PLACE = VisitLine._meta.get_field("away_place").purpose


@dataclass(frozen=True, slots=True)
class NextDoor:
    household_id: int | None
    where: str
    left_count: int  # still to be met in this list, this door not counted


def next_door(scope: Scope, target: Target) -> NextDoor:
    """The next door of the same round and village that is still owed a visit, in walking order; nobody walks back."""
    low, high = subtree(target.village_path)
    within, bounds = scope.sql("t.area_path")
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT.format(within=within), [target.round_id, low, high, *bounds, target.household_id]
        )
        row = cursor.fetchone()
    if row is None:
        return NextDoor(None, "", 0)
    return NextDoor(row[0], row[1] or "", row[2])


# A household that the register has moved elsewhere is still owed and counted; its door is not here to be opened.
# The order of the list of names (campaigns/queries/targets.py): estate by estate, building by building, door by door.
_NEXT = """
with list as materialized (
  select t.household_id, t.area_path, t.village_path, d.label, bool_or(h.id is not null) is_here, bool_or(t.state in ('open', 'not_met')) owed,
    row_number() over (order by a.parent_id, a.walk_order, t.area_path, d.walk_order, t.household_id) place
  from campaigns_target t
  left join register_household h on h.id = t.household_id
  left join register_door d on d.id = h.door_id
  join areas_area a on a.path = t.area_path
  where t.round_id = %s and t.area_path >= %s and t.area_path < %s and {within}
  group by t.household_id, t.area_path, t.village_path, d.label, a.parent_id, a.walk_order, d.walk_order),
here as (select place from list where household_id = %s),
owed as (select l.* from list l, here where l.owed and l.place <> here.place)
select o.household_id, (select string_agg(u.name, '' order by u.path) from areas_area u
    where u.path > o.village_path and u.path <= o.area_path and o.area_path < left(u.path, -1) || '/'
      and (u.level <> 'grid' or u.path = o.area_path)) || coalesce(o.label, ''),
  (select count(*) from owed)
from (select 1) one left join lateral (
  select * from owed where is_here and place > (select place from here) order by place limit 1) o on true
"""


def state_of(scope: Scope, round_id: int, household_id: int) -> Target | None:
    """The household's target after a visit, for the word on the screen."""
    found = Target.objects.filter(scope.q(), round_id=round_id, household_id=household_id)
    return found.order_by("person_id").first()


# ---------- what waits ----------

SHOWS: Mapping[str, Q] = {
    # What was filed and is asked about stands among the conflicts.
    "waiting": Q(status__in=WAITING) & ~Q(code=TWO_ANSWERS),
    "set_aside": Q(status=Operation.Status.SET_ASIDE),
    "replaced": Q(status=Operation.Status.REPLACED),
}


@dataclass(frozen=True, slots=True)
class HeldPage(Paged):
    rows: list[Operation]
    senders: dict[int, str]
    total_count: int
    number: int
    counts: dict[str, int] = field(default_factory=dict)


def held_operations(
    scope: Scope, *, show: str = "waiting", code: str = "", newest_first: bool = False
) -> QuerySet[Operation]:
    """Operations that are not filed, within the scope; the oldest has waited longest and comes first."""
    found = Operation.objects.filter(scope.q(), SHOWS.get(show, SHOWS["waiting"])).defer("body")
    if code:
        found = found.filter(code=code)
    return found.order_by("-received_at" if newest_first else "received_at", "pk")


def held_page(scope: Scope, *, show: str, code: str, newest_first: bool, number: int) -> HeldPage:
    found = held_operations(scope, show=show, code=code, newest_first=newest_first)
    start = (max(number, 1) - 1) * PAGE
    rows = list(found[start : start + PAGE])
    counts = held_counts(scope)
    total = found.count() if code else counts.get(show, 0)
    return HeldPage(rows, names_of(row.actor_id for row in rows), total, max(number, 1), counts)


def held_counts(scope: Scope) -> dict[str, int]:
    """By what is shown: waiting, conflicts, set aside, replaced. One statement."""
    counts: dict[str, int] = {}
    waiting = Operation.objects.filter(scope.q(), ~Q(status=Operation.Status.FILED), ~Q(code=TWO_ANSWERS))
    open_ones = Conflict.objects.filter(scope.q(), settled_at__isnull=True)
    by_status = waiting.order_by().values_list("status").annotate(Count("pk"))
    by_kind = (
        open_ones.order_by().annotate(shown=Value("conflicts")).values_list("shown").annotate(Count("pk"))
    )
    for status, count in by_status.union(by_kind, all=True):
        shown = status if status in ("set_aside", "replaced", "conflicts") else "waiting"
        counts[shown] = counts.get(shown, 0) + count
    return {"conflicts": 0, **counts}


def held_count(scope: Scope) -> int:
    """For the number beside 待处理 in the navigation: what waits, and what two told differently."""
    waiting = Operation.objects.filter(scope.q(), SHOWS["waiting"]).count()
    return waiting + Conflict.objects.filter(scope.q(), settled_at__isnull=True).count()


def held_counted(scope: Scope) -> Any:
    """The same number inside another statement: every page shows it, and none should pay for it."""
    waiting = Operation.objects.filter(scope.q(), SHOWS["waiting"]).order_by()
    open_ones = Conflict.objects.filter(scope.q(), settled_at__isnull=True).order_by()
    return _counted(waiting) + _counted(open_ones)


def _counted(rows: QuerySet[Any]) -> Subquery:
    number = Func(F("pk"), function="count", output_field=IntegerField())
    return Subquery(rows.annotate(number=number).values("number"))


def get_operation(scope: Scope, op_id: UUID) -> Operation:
    found = Operation.objects.filter(scope.q(), pk=op_id).first()
    if found is None:
        raise Problem("intake.unknown_operation")
    return found


def households_of(scope: Scope, household_ids: Iterable[Any]) -> dict[int, Household]:
    """Doors named by operations, within the scope, for showing them in words: one statement, with all above them."""
    wanted = [value for value in household_ids if isinstance(value, int) and not isinstance(value, bool)]
    found = Household.objects.filter(scope.q(), pk__in=wanted).select_related(_UP)
    return {household.pk: household for household in found}


def door_in_words(household: Household) -> str:
    """安置小区3栋1单元402: what lies between the village and the door, and the door."""
    return _where(_from_county(household.door.area), household)
