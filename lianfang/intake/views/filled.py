"""The fields of the form of a door, filled with what a held operation or a corrected visit says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from lianfang.core import clock, desk_format
from lianfang.intake import typed
from lianfang.intake.corrections import hidden_answers
from lianfang.intake.models import Operation
from lianfang.intake.operations import body_of
from lianfang.intake.queries import Attempt, DoorPage, asking_also
from lianfang.questions.rules import QuestionDefinition
from lianfang.workforce.queries import worker_of


def with_fields_of(door: DoorPage, correcting: Attempt | None, held: Operation | None) -> DoorPage:
    """The door with a field for each answer of the visit that is corrected, or of the record that is put right."""
    household: set[str] = set()
    anyone: set[str] = set()
    people: dict[int, set[str]] = {}
    if correcting is not None:
        hidden = hidden_answers(correcting.visit.sealed_answers)
        household |= {*correcting.visit.answers, *hidden.get("0", {})}
        for person, before in correcting.lines.items():
            people[person] = {*before.answers, *hidden.get(str(person), {})}
    if held is not None:
        body = body_of(held)
        given = body if isinstance(body, dict) else {}
        household |= _keys(given)
        for line in _listed(given, "lines"):
            if isinstance(named := line.get("person"), int):
                people.setdefault(named, set()).update(_keys(line))
        for member in _listed(given, "members"):
            anyone |= _keys(member)
    if not (household or anyone or any(people.values())):
        return door
    in_order = {person: sorted(keys) for person, keys in people.items()}
    return asking_also(door, sorted(household), in_order, sorted(anyone))


def _listed(given: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = given.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _keys(given: Mapping[str, Any]) -> set[str]:
    answers = given.get("answers")
    return set(answers) if isinstance(answers, dict) else set()


def typed_elsewhere(door: DoorPage, held: Operation) -> QueryDict:
    """The fields as a held operation gives them, as far as they can be read."""
    form, body = QueryDict(mutable=True), body_of(held)
    given = body if isinstance(body, dict) else {}
    form["at"] = desk_format.table_time(held.happened_at)
    for name in ("channel", "outcome", "note"):
        form[name] = str(given.get(name) or "")
    worker = worker_of(held.actor_id)
    form["worker"] = str(given.get("worker") or (worker.pk if worker else ""))
    answers = given.get("answers")
    for asked in door.asked["household"]:
        _put(form, f"q_{asked.question.key}", asked.question, answers if isinstance(answers, dict) else {})
    for line in given.get("lines") if isinstance(given.get("lines"), list) else []:
        if isinstance(line, dict):
            person = line.get("person")
            form[f"p_{person}"] = str(line.get("presence") or "")
            form[f"place_{person}"] = str(line.get("away_place") or "")
            form[f"back_{person}"] = str(line.get("back_on") or "")
            said = line.get("answers")
            for asked in door.asked["person"]:
                _put(
                    form,
                    f"a_{person}_{asked.question.key}",
                    asked.question,
                    said if isinstance(said, dict) else {},
                )
    said_members = given.get("members")
    members = said_members if isinstance(said_members, list) else []
    for key, member in zip(typed.NEW_MEMBERS, members, strict=False):
        if isinstance(member, dict):
            _put_member(form, key, member, door)
    return form


_MEMBER_FIELDS = (
    ("name", "name"), ("relation", "relation"), ("sex", "sex"), ("id", "id_number"), ("phone", "phone"), ("p", "presence"),
    ("place", "away_place"), ("back", "back_on"),
)  # fmt: skip


def _put_member(form: QueryDict, key: str, member: Mapping[str, Any], door: DoorPage) -> None:
    for name, said in _MEMBER_FIELDS:
        form[f"{name}_{key}"] = str(member.get(said) or "")
    if member.get("registered") is True:
        form["registered"] = "1"
    answers = member.get("answers")
    for asked in door.asked["person"]:
        _put(
            form,
            f"a_{key}_{asked.question.key}",
            asked.question,
            answers if isinstance(answers, dict) else {},
        )


def typed_before(door: DoorPage, correcting: Attempt | None) -> QueryDict:
    """The fields of an empty form, or of the visit that is corrected, as they would have been typed."""
    form = QueryDict(mutable=True)
    if correcting is None:
        return form
    visit, now = correcting.visit, clock.now()
    form["at"] = desk_format.table_time(visit.happened_at)
    form["channel"], form["outcome"], form["note"] = visit.channel, visit.outcome, str(visit.note or "")
    form["worker"] = str(visit.worker_id or "")
    if visit.back_at:
        form["again"] = desk_format.table_time(visit.back_at)
    hidden = hidden_answers(visit.sealed_answers)
    for asked in door.asked["household"]:
        _put(form, f"q_{asked.question.key}", asked.question, {**visit.answers, **hidden.get("0", {})})
    for person, line in correcting.lines.items():
        form[f"p_{person}"] = line.presence
        form[f"place_{person}"] = str(line.away_place or "")
        form[f"back_{person}"] = (
            desk_format.day(line.back_on, clock.local(now).date()) if line.back_on else ""
        )
        answers = {**line.answers, **hidden.get(str(person), {})}
        for asked in door.asked["person"]:
            _put(form, f"a_{person}_{asked.question.key}", asked.question, answers)
    return form


def _put(form: QueryDict, name: str, question: QuestionDefinition, answers: Mapping[str, Any]) -> None:
    form.setlist(name, typed.as_typed(question, answers.get(question.key)))
