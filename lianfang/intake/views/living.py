"""迁入、迁出、出生、死亡、分户、换户主: a dated event of one household at the desk, and taking one back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.areas.models import Area
from lianfang.areas.naming import village_stem
from lianfang.areas.queries import ancestors, prefixes
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.intake.effects import take_back_life, tell_life
from lianfang.register import life
from lianfang.register.family import likely_head
from lianfang.register.life import Newcomer, Told, Whereto
from lianfang.register.lived import awaited_in
from lianfang.register.models import Household, Person
from lianfang.register.operations import MemberDetails
from lianfang.register.queries import PlaceNames, get_household
from lianfang.workforce.queries import grids

MOST_AREAS = 400
TITLES = {
    "in": gettext_lazy("迁入"),
    "out": gettext_lazy("迁出"),
    "born": gettext_lazy("出生"),
    "died": gettext_lazy("死亡"),
    "split": gettext_lazy("分户"),
    "head": gettext_lazy("换户主"),
}
# What is wrong → the field at which it is said.
_FIELD = {
    "register.day_required": "day",
    "register.event_future": "day",
    "register.event_before_birth": "day",
    "register.event_before_last": "day",
    "register.bad_name": "name",
    "register.bad_id": "id_text",
    "register.id_of_another": "id_text",
    "register.already_here": "id_text",
    "register.is_dead": "id_text",
    "register.bad_phone": "phone_text",
    "register.nobody_selected": "people",
    "register.not_living_here": "people",
    "register.split_nobody_left": "people",
    "register.head_needed": "head",
    "register.bad_head": "head",
    "register.where_required": "where",
    "register.same_household": "door",
    "register.door_required": "door",
    "register.no_home_there": "door",
    "register.village_unclear": "village",
}


@require_http_methods(["GET", "POST"])
def life_form(request: HttpRequest, household_id: int, what: str) -> HttpResponse:
    """One form for one thing. What is wrong is said at its field, and nothing that was typed is lost."""
    if what not in TITLES:
        raise Problem("http.not_found")
    home = get_household(request.scope, household_id)
    errors: dict[str, str] = {}
    problem: Problem | None = None
    if request.method == "POST":
        try:
            change = tell_life(
                lambda: _TELL[what](home, request.POST, _told(request.POST), request.scope, request.actor.id),
                by=request.actor.id,
            )
            messages.success(request, _("已登记%(what)s。") % {"what": TITLES[what]})
            stays = household_id in change.households
            return redirect("household", household_id if stays else min(change.households))
        except Problem as refused:
            if refused.status in (403, 404) and refused.code not in _FIELD:
                raise
            problem = refused
            errors = {_FIELD[refused.code]: refused.message} if refused.code in _FIELD else {}
    people = list(Person.objects.filter(request.scope.q(), household=home, is_current=True).order_by("pk"))
    request.looked_at = {"path": home.area_path, "count": len(people)}
    context = _context(request, home, what, people) | {"errors": errors, "problem": problem}
    return render(request, "intake/life.html", context, status=problem.status if problem else 200)


@require_POST
def life_undo(request: HttpRequest, household_id: int, event: UUID) -> HttpResponse:
    """Take an event back, with a reason."""
    get_household(request.scope, household_id)
    try:
        take_back_life(
            event=event,
            key=_key(request.POST),
            reason=request.POST.get("reason", ""),
            scope=request.scope,
            by=request.actor.id,
        )
        messages.success(request, _("已更正，各人回到这次变动以前。"))
    except Problem as refused:
        if refused.status == 403:
            raise
        messages.error(request, refused.message)
    return redirect("household", household_id)


# ---------- what was typed ----------


def _key(said: QueryDict) -> UUID:
    """Given with the form, so that sending it twice is one event."""
    try:
        return UUID(said.get("key", ""))
    except ValueError:
        return new_id()


def _told(said: QueryDict) -> Told:
    try:
        day = parse_date(said.get("day", "").strip())
    except ValueError:
        day = None
    return Told(_key(said), day, said.get("note", "").strip()[:200])


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 18 else None


def _people(said: QueryDict) -> list[int]:
    return [int(text) for text in said.getlist("people") if text.isdecimal() and len(text) < 18]


def _details(said: QueryDict, *, birth_on: dt.date | None = None) -> MemberDetails:
    try:
        born = birth_on or parse_date(said.get("birth_on", "").strip())
    except ValueError:
        born = None
    return MemberDetails(
        said.get("name", ""),
        said.get("relation", "") or Person.Relation.OTHER,
        said.get("sex", ""),
        born,
        said.get("id_text", ""),
        said.get("phone_text", ""),
    )


Tell = Callable[[Household, QueryDict, Told, Scope, int], life.Change]


def _move_in(home: Household, said: QueryDict, told: Told, scope: Scope, by: int) -> life.Change:
    awaited = _number(said.get("awaited"))
    newcomer = Newcomer(
        None if awaited else _details(said),
        awaited,
        said.get("relation", "") or Person.Relation.OTHER,
        is_registered_here="registered" in said,
    )
    return life.move_in(household_id=home.pk, newcomer=newcomer, told=told, scope=scope, by=by)


def _move_out(home: Household, said: QueryDict, told: Told, scope: Scope, by: int) -> life.Change:
    people, where = _people(said), said.get("where", "away")
    if where == "away" and not said.get("text", "").strip():
        # What was filled in tells which was meant.
        where = (
            "door"
            if said.get("door", "").strip()
            else "village"
            if said.get("village", "").strip()
            else where
        )
    if where == "door":
        area = _grid(said, scope)
        if "join" in said:
            there = _home_behind(scope, area, said.get("door", ""), home)
            staying = Person.objects.filter(scope.q(), household=home, is_current=True).exclude(pk__in=people)
            if people and not staying.exists():
                return life.join_households(
                    household_id=home.pk, into_household_id=there, told=told, scope=scope, by=by
                )
            whereto = Whereto(household_id=there)
        else:
            if not said.get("door", "").strip():
                raise Problem("register.door_required")
            whereto = Whereto(area=area, door_label=said.get("door", ""))
    elif where == "village":
        whereto = Whereto(village=_village(said.get("village", ""), home), text=said.get("text", ""))
    else:
        whereto = Whereto(text=said.get("text", ""))
    return life.move_out(
        household_id=home.pk,
        person_ids=people,
        whereto=whereto,
        told=told,
        scope=scope,
        by=by,
        head_id=_number(said.get("head")),
    )


def _birth(home: Household, said: QueryDict, told: Told, scope: Scope, by: int) -> life.Change:
    return life.note_birth(household_id=home.pk, child=_details(said), told=told, scope=scope, by=by)


def _death(home: Household, said: QueryDict, told: Told, scope: Scope, by: int) -> life.Change:
    people = _people(said)
    if not people:
        raise Problem("register.nobody_selected")
    return life.note_death(
        person_id=people[0], told=told, scope=scope, by=by, head_id=_number(said.get("head"))
    )


def _split(home: Household, said: QueryDict, told: Told, scope: Scope, by: int) -> life.Change:
    label, new_head = said.get("door", "").strip(), _number(said.get("new_head"))
    area = _grid(said, scope) if label else None
    return life.split_household(
        household_id=home.pk,
        person_ids=_people(said),
        whereto=Whereto(area=area, door_label=label, head_id=new_head),
        told=told,
        scope=scope,
        by=by,
        head_id=_number(said.get("head")),
    )


def _head(home: Household, said: QueryDict, told: Told, scope: Scope, by: int) -> life.Change:
    head = _number(said.get("head"))
    if head is None:
        raise Problem("register.bad_head")
    return life.change_head(household_id=home.pk, head_id=head, told=told, scope=scope, by=by)


_TELL: Mapping[str, Tell] = {
    "in": _move_in,
    "out": _move_out,
    "born": _birth,
    "died": _death,
    "split": _split,
    "head": _head,
}


def _grid(said: QueryDict, scope: Scope) -> Area:
    area = Area.objects.filter(scope.q("path"), code=said.get("grid", "")).first()
    if area is None:
        raise Problem("register.door_required")
    return area


def _home_behind(scope: Scope, area: Area, label: str, home: Household) -> int:
    """The one household behind a door."""
    behind = Household.objects.filter(
        scope.q(), door__area=area, door__label=" ".join(label.split()), is_current=True
    ).exclude(pk=home.pk)
    found = list(behind.order_by("pk")[:2])
    if len(found) != 1:
        raise Problem("register.no_home_there", count=len(found))
    return found[0].pk


def _village(typed: str, home: Household) -> Area:
    """A village of the same county by its name, with the township before it where the name is there twice."""
    county = next(area for area in ancestors(home.door.area) if area.level == Area.Level.COUNTY)
    low, high = subtree(county.path)
    stem = village_stem("".join(typed.split()))
    every = Area.objects.filter(level=Area.Level.VILLAGE, path__gte=low, path__lt=high).select_related(
        "parent"
    )
    found = [
        area
        for area in every
        if stem
        and stem
        in (village_stem(area.name), village_stem(f"{area.parent.name if area.parent else ''}{area.name}"))
    ]
    if len(found) != 1:
        raise Problem("register.village_unclear", count=len(found))
    return found[0]


# ---------- the page ----------


def _context(request: HttpRequest, home: Household, what: str, people: list[Person]) -> dict[str, Any]:
    said = request.POST
    village = next(
        (path for path in reversed(prefixes(home.area_path)) if request.scope.covers(path)), home.area_path
    )
    above = [area for area in ancestors(home.door.area) if area.level == Area.Level.VILLAGE]
    if above and request.scope.covers(above[0].path):
        village = above[0].path
    chosen = said.getlist("people")
    suggested = likely_head(
        [(p.pk, p.relation, p.birth_on) for p in people if str(p.pk) not in chosen and p.relation != "head"]
    )
    return {
        "nav_key": "register",
        "home": home,
        "what": what,
        "title": TITLES[what],
        "place": " ".join(
            part for part in (PlaceNames([home.area_path]).of(home.area_path), home.door.label)
        ),
        "people": people,
        "has_head": any(person.relation == Person.Relation.HEAD for person in people),
        "chosen": chosen,
        "suggested": str(suggested or ""),
        "said": said,
        "day": said.get("day") or clock.today().isoformat(),
        "today": clock.today().isoformat(),
        "key": said.get("key") or new_id(),
        "relations": [
            pair for pair in Person.Relation.choices if pair[0] != Person.Relation.HEAD or not people
        ],
        "sexes": Person.Sex.choices,
        "grids": list(grids(village)[:MOST_AREAS]) if what in ("out", "split") else [],
        "own_area": home.door.area.code,
        "awaited": awaited_in(request.scope, village) if what == "in" else [],
    }
