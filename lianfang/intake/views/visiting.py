"""One door at the desk: who was met, what was said, and on to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianfang.accounts.queries import Actor
from lianfang.campaigns.models.visits import AT_THE_DOOR, Channel, Outcome, Presence
from lianfang.campaigns.queries.asking import Asked
from lianfang.campaigns.queries.saving import Saved, saved_by
from lianfang.campaigns.rules import not_reached
from lianfang.core import clock, desk_format
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake import typed
from lianfang.intake.corrections import originals, with_unlisted
from lianfang.intake.models import Operation
from lianfang.intake.operations import (
    OperationInput,
    Receipt,
    correct_held,
    filer,
    home_of,
    receive,
)
from lianfang.intake.papers.operations import link_paper
from lianfang.intake.queries import (
    Attempt,
    DoorPage,
    Member,
    NextDoor,
    get_door,
    get_operation,
    next_door,
    state_of,
)
from lianfang.intake.views.exempting import exemption_reasons
from lianfang.intake.views.filled import typed_before, typed_elsewhere, with_fields_of
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.models import Person
from lianfang.workforce.models import Worker
from lianfang.workforce.queries import Answering, chain

# The keys 1 to 7 of the roster, in the order of a night's work: the first three are almost all.
PRESENCES = ("seen", "answered_for", "away", "refused", "not_met", "moved", "dead")
CHANNELS = ("door", "phone", "chat", "record")
NOT_MET = tuple(outcome.value for outcome in AT_THE_DOOR if outcome != Outcome.MET)
STATE_KIND = {"done": "done", "exempt": "off", "not_met": "miss", "open": "open"}


@dataclass(frozen=True, slots=True)
class Field:
    """A question as the form shows it. `known`: the answer that is not asked for again, with when it was given."""

    name: str
    question: QuestionDefinition
    values: list[str]
    last: list[str]  # what was answered last, for 同上次
    known: str
    known_at: dt.datetime | None
    known_by: str
    wanted_by: tuple[str, ...]  # the departments that want the answer
    is_asked: bool
    is_required: bool
    is_conditional: bool

    @property
    def options(self) -> list[tuple[str, str]]:
        if self.question.type == "boolean":
            return [("no", _("否")), ("yes", _("是"))]
        return list(self.question.choices)


@dataclass(frozen=True, slots=True)
class Row:
    member: Member
    presence: str
    last_presence: str
    place: str
    back: str
    known: str  # 今天19:40 见到: settled by an earlier visit of this round
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class NewRow:
    """A line for somebody who is in no register yet: 未登记 doors begin with these alone."""

    key: str
    name: str
    relation: str
    sex: str
    id_text: str
    phone: str
    presence: str
    place: str
    back: str
    fields: list[Field]


@require_http_methods(["GET", "POST"])
def visit(request: HttpRequest, household_id: int) -> HttpResponse:
    """The form and, below its roster, all that was tried before. A saved visit leads to the next door."""
    now = clock.now()
    round_id = _number(request.GET.get("round"))
    door = get_door(request.scope, household_id, now, round_id)
    correcting = _correcting(door, request)
    replaces = request.POST.get("replaces") or request.GET.get("replaces") or ""
    held, problem = _held(request.actor, replaces)
    door = with_fields_of(door, correcting, held)
    if (
        problem
    ):  # what it was to put right is not there: what was typed stays, and can be saved as a visit of its own
        replaces = ""
    elif request.method == "POST":
        try:
            receipt = _file(request, door, now, correcting)
            if receipt.status in ("filed", "already_filed"):
                _link_paper(request, receipt)
                return _onward(request, door, receipt.op_id)
            if receipt.status == "conflict_kept":
                messages.warning(request, Problem(receipt.code).message)
                return redirect(_address(household_id, round_id))
            problem, replaces = Problem(receipt.code, **receipt.detail), str(receipt.op_id)
        except Problem as refused:
            problem = refused
    values: QueryDict
    if problem and request.method == "POST":
        values = request.POST
    elif held is not None:
        values = typed_elsewhere(door, held)
    else:
        values = typed_before(door, correcting)
    request.looked_at = {"path": door.household.area_path, "count": len(door.members)}
    context = {
        **_context(request, door, now, values, correcting),
        "problem": problem,
        "replaces": replaces,
        "paper": request.POST.get("paper") or request.GET.get("paper") or "",
        "op_id": new_id(),
    }
    return render(request, "intake/visit.html", context, status=422 if problem else 200)


def _held(actor: Actor, replaces: str) -> tuple[Operation | None, Problem | None]:
    try:
        return (get_held(actor, replaces) if replaces else None), None
    except Problem as gone:
        return None, gone


def _link_paper(request: HttpRequest, receipt: Receipt) -> None:
    """Typed from the photo of a paper: what stood on it can be looked at again."""
    if paper := request.POST.get("paper"):
        try:
            paper_id = UUID(paper)
        except ValueError:
            raise Problem("papers.unknown") from None
        link_paper(paper_id=paper_id, visit_ids=[receipt.op_id], scope=request.scope, by=request.actor.id)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 18 else None


def _correcting(door: DoorPage, request: HttpRequest) -> Attempt | None:
    wanted = request.POST.get("supersedes") or request.GET.get("correct")
    if not wanted:
        return None
    found = next((attempt for attempt in door.attempts if str(attempt.visit.pk) == wanted), None)
    if found is None:
        raise Problem("visits.unknown_visit")
    return found


def _file(request: HttpRequest, door: DoorPage, now: dt.datetime, correcting: Attempt | None) -> Receipt:
    """What was typed becomes an operation, as if a phone had sent it. One that is put right after it was held refers
    to what was held, so that nothing waits in the queue that was settled on the spot."""
    form = request.POST
    happened_at = typed.typed_time(form.get("at", ""), now)
    questions = {about: [asked.question for asked in found] for about, found in door.asked.items()}
    body = typed.visit_body(
        form,
        household_id=door.household.pk,
        people=[member.person.pk for member in door.members],
        questions=questions,
        moment=now,
    )
    if correcting:
        original = originals(request.scope, [correcting.visit.pk])[correcting.visit.pk]
        listed = [member.person.pk for member in door.members]
        body = {**with_unlisted(original, listed, body), "supersedes": str(correcting.visit.pk)}
    rights = filer(request.actor)
    if form.get("replaces"):
        held = get_held(request.actor, form["replaces"])
        return correct_held(
            op_id=held.pk,
            body=body,
            happened_at=happened_at,
            scope=settling_scope(request.actor),
            settler=rights,
        )
    try:
        op_id = UUID(form.get("op_id", ""))
    except ValueError:
        op_id = new_id()
    (receipt,) = receive(
        [OperationInput(op_id, "visit", happened_at, body)],
        source="desk",
        scope=rights.scope,
        home_path=home_of(request.actor),
        by=rights.by,
        others=rights.others,
    )
    return receipt


def _onward(request: HttpRequest, door: DoorPage, visit_id: UUID) -> HttpResponse:
    """To the next door of the list, or back to the list when it is through."""
    saved = saved_by(request.scope, [visit_id])[visit_id]
    said = door.where
    target = door.target
    if target is None:
        messages.success(request, _("%(door)s 已登记。") % {"door": said} + saved_words(saved))
        return redirect(request.get_full_path())
    after = state_of(request.scope, target.round_id, door.household.pk) or target
    words = {"door": said, "state": after.get_state_display()}
    messages.success(request, _("%(door)s 已登记：%(state)s。") % words + saved_words(saved))
    onward = next_door(request.scope, target)
    if onward.household_id is None:
        return redirect(_list_address(door))
    return redirect(_address(onward.household_id, target.round_id))


def saved_words(saved: Saved) -> str:
    """一次上门，填了3张表，少问7个问题; nothing of a visit that filled one form and no more."""
    if saved.form_count < 2 and not saved.question_count:
        return ""
    words = {"forms": saved.form_count, "questions": saved.question_count}
    if not saved.question_count:
        return _("一次上门，填了%(forms)s张表。") % words
    return _("一次上门，填了%(forms)s张表，少问%(questions)s个问题。") % words


def _address(household_id: int, round_id: int | None) -> str:
    query = f"?{urlencode({'round': round_id})}" if round_id else ""
    return reverse("visit", args=[household_id]) + query


def _list_address(door: DoorPage) -> str:
    if door.target is None:
        return "/"
    try:
        return f"{reverse('doors')}?{urlencode({'round': door.target.round_id})}"
    except NoReverseMatch:
        return "/"


# ---------- what the form holds ----------


def settling_scope(actor: Actor) -> Scope:
    """Where held operations are put right: the areas one leads, else one's own."""
    return actor.scope_for("intake.settle" if actor.may("intake.settle") else "visit.record")


def get_held(actor: Actor, op_id: str) -> Operation:
    """A held operation that this person may put right: one of their own, or one of the area they lead."""
    try:
        held = get_operation(settling_scope(actor), UUID(op_id))
    except ValueError:
        raise Problem("intake.unknown_operation") from None
    if held.actor_id != actor.id and not actor.may("intake.settle"):
        raise Problem("intake.unknown_operation")
    return held


def _context(
    request: HttpRequest, door: DoorPage, now: dt.datetime, values: QueryDict, correcting: Attempt | None
) -> dict[str, Any]:
    onward = next_door(request.scope, door.target) if door.target else NextDoor(None, "", 0)
    people = chain(door.area)
    own = door.own_worker
    others = request.actor.may("visit.record_for_others")
    household = [_field(door, asked, 0, values, now) for asked in door.asked["household"]]
    rows = [_row(door, member, values, now) for member in door.members]
    tries = [attempt.visit.happened_at for attempt in door.standing]
    return {
        "nav_key": "campaigns",
        "door": door,
        "rows": rows,
        "new_rows": [] if correcting else _new_rows(door, values, now),
        "typed_new": any(values.get(f"name_{key}") for key in typed.NEW_MEMBERS),
        "is_registered": bool(values.get("registered")),
        "relations": Person.Relation.choices,
        "sexes": Person.Sex.choices,
        "in_base_count": sum(row.member.is_in_base for row in rows),
        "questions": household,
        "asked_count": sum(_is_counted(field) for field in household) + _asked_of_people(rows),
        "known": [field for field in household if not field.is_asked],
        "has_last": any(row.last_presence for row in rows) or any(field.last for field in household),
        "presences": [(value, Presence(value).label) for value in PRESENCES],
        "channels": [(value, Channel(value).label) for value in CHANNELS],
        "outcomes": [(value, Outcome(value).label) for value in NOT_MET],
        "channel": values.get("channel") or "door",
        "outcome": values.get("outcome") or "",
        "at": values.get("at", ""),
        "again": values.get("again", ""),
        "note": values.get("note", ""),
        "correcting": correcting,
        "onward": onward,
        "chain": people,
        "workers": _workers(own, people, values.get("worker")) if others else [],
        "worker": values.get("worker") or _who_went(people, own),
        "attempts": [
            {**_attempt(attempt, now), "saved": door.saved.get(attempt.visit.pk)} for attempt in door.attempts
        ],
        "targets": [(target, STATE_KIND[target.state]) for target in door.targets],
        "list_url": _list_address(door),
        "away_url": _away_address(door) if request.actor.may("target.assign") else "",
        "is_not_reached": not_reached(tries),
        "attempt_count": len(tries),
        "exemption_reasons": exemption_reasons() if request.actor.may("exemption.request") else [],
    }


def _away_address(door: DoorPage) -> str:
    """The list on which whole households that are away are settled together."""
    if door.target is None:
        return ""
    return f"{reverse('round_doors', args=[door.target.round_id])}?area={door.area.code}"


def _workers(own: Worker | None, people: list[Answering], chosen: str | None) -> list[tuple[str, str]]:
    """Who may have gone there: whoever answers for the door, oneself, and the one already named."""
    found = {str(person.worker_id): f"{person.name} {person.title}".strip() for person in people}
    if own:
        found.setdefault(str(own.pk), f"{own.name} {own.title}".strip())
    if chosen and chosen.isdigit() and chosen not in found:
        worker = Worker.objects.filter(pk=int(chosen)).first()
        if worker:
            found[chosen] = f"{worker.name} {worker.title}".strip()
    return list(found.items())


def _who_went(people: list[Answering], own: Worker | None) -> str:
    """Whoever answers for the door's grid: at the desk a sheet is typed in for them."""
    grid = next((person for person in people if person.is_of_grid), None)
    return str(grid.worker_id if grid else own.pk if own else "")


def _field(door: DoorPage, asked: Asked, person: int | str, values: QueryDict, now: dt.datetime) -> Field:
    question = asked.question
    name = f"a_{person}_{question.key}" if person else f"q_{question.key}"
    fact = asked.fact
    shown, last = "", []
    if fact is not None:
        hidden = question.privacy == "sensitive"
        shown = _("已登记") if hidden else typed.in_words(question, fact.value, _("是"), _("否"))
        last = [] if hidden else typed.as_typed(question, fact.value)
    return Field(
        name,
        question,
        values.getlist(name),
        last,
        shown,
        fact.happened_at if fact else None,
        door.tellers.get(fact.visit_id, "") if fact else "",
        asked.departments,
        not asked.is_known,
        asked.is_required,
        asked.is_conditional,
    )


def _row(door: DoorPage, member: Member, values: QueryDict, now: dt.datetime) -> Row:
    person = member.person
    lines = [(attempt, attempt.lines[person.pk]) for attempt in door.standing if person.pk in attempt.lines]
    last = lines[0][1] if lines else None
    since = max(
        door.questions.roster_since.values(), default=None
    )  # who was met since then is met for all rounds
    known = ""
    for attempt, line in lines:
        if since and attempt.visit.happened_at >= since and line.presence not in ("not_met", "refused"):
            known = f"{desk_format.night(attempt.visit.happened_at, now)} {Presence(line.presence).label}"
            break
    return Row(
        member,
        values.get(f"p_{person.pk}") or "",
        last.presence if last else "",
        values.get(f"place_{person.pk}") or str((last and last.away_place) or ""),
        values.get(f"back_{person.pk}") or "",
        known,
        _fields(door, member, values, now),
    )


def _asked_of_people(rows: Iterable[Row]) -> int:
    """How many questions are still asked of somebody who is there, each once."""
    return len({field.question.key for row in rows for field in row.fields if _is_counted(field)})


def _is_counted(field: Field) -> bool:
    """What may turn out not to be asked at all is not announced."""
    return field.is_asked and (field.is_required or not field.is_conditional)


def _fields(door: DoorPage, member: Member, values: QueryDict, now: dt.datetime) -> list[Field]:
    """What a member is asked. Somebody whom no round asks for is asked nothing; what they had answered, or somebody
    typed of them, can still be put right."""
    pk = member.person.pk
    asked = door.questions.people.get(pk)
    if asked is not None or member.is_in_base:
        return [_field(door, one, pk, values, now) for one in asked or ()]
    return [field for one in door.questions.anyone if (field := _field(door, one, pk, values, now)).values]


def _new_rows(door: DoorPage, values: QueryDict, now: dt.datetime) -> list[NewRow]:
    first = "" if door.members else "head"

    def said(name: str, key: str) -> str:
        return values.get(f"{name}_{key}") or ""

    return [
        NewRow(
            key=key,
            name=said("name", key),
            relation=said("relation", key) or (first if key == typed.NEW_MEMBERS[0] else ""),
            sex=said("sex", key),
            id_text=said("id", key),
            phone=said("phone", key),
            presence=said("p", key) or "seen",
            place=said("place", key),
            back=said("back", key),
            fields=[_field(door, asked, key, values, now) for asked in door.asked["person"]],
        )
        for key in typed.NEW_MEMBERS
    ]


def _attempt(attempt: Attempt, now: dt.datetime) -> dict[str, Any]:
    visit = attempt.visit
    return {
        "id": visit.pk,
        "at": desk_format.night(visit.happened_at, now),
        "channel": visit.get_channel_display(),
        "outcome": visit.get_outcome_display(),
        "seen_count": attempt.seen_count,
        "line_count": len(attempt.lines),
        "is_met": visit.outcome == Outcome.MET,
        "worker": attempt.worker,
        "typist": attempt.typist,
        "note": visit.note or "",
        "paper": visit.paper,
        "again": desk_format.night(visit.back_at, now) if visit.back_at else "",
        "is_corrected": attempt.is_corrected,
        "is_correction": visit.supersedes is not None,
        "as_before_count": len(visit.as_before),
        "is_out_of_scope": visit.is_out_of_scope,
    }
