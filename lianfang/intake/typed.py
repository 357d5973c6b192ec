"""What a clerk types at the desk, read into the body of an operation. Pure.

Hours are typed as they are said: 2105, 9点半, 昨天1940, 8月6日19:40. Fields of the form: `p_7` presence of person 7,
`place_7` and `back_7` where they are and until when, `a_7_fever` an answer of theirs, `q_returned_count` one of the
household. Of somebody who is in no register yet: `name_n1`, `relation_n1`, `sex_n1`, `id_n1`, `phone_n1`, and the same
fields as anybody's with n1 for the person.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from lianfang.core.clock import local
from lianfang.core.problems import Problem
from lianfang.questions.checking import fault_words
from lianfang.questions.rules import QuestionDefinition

EVENING_BEGINS = 5
NEW_MEMBERS = tuple(f"n{number}" for number in range(1, 9))  # lines for people who are in no register yet
NIGHT_ENDS = 6  # before this hour 23:30 means last night
_DAYS = {"今天": 0, "今晚": 0, "昨天": -1, "昨晚": -1, "前天": -2, "明天": 1, "明早": 1, "明晚": 1, "后天": 2}
_TIME = re.compile(
    r"(?P<word>" + "|".join(_DAYS) + r")?"
    r"(?:(?P<year>20\d\d)[-年/.])?(?:(?P<month>\d{1,2})[-月/](?P<day>\d{1,2})日?)?"
    r"\s*(?P<hour>\d{1,2})(?:[:：点.时]?(?P<minute>\d{2}|半)?分?)"
)
_DATE = re.compile(r"(?:(?P<year>20\d\d)[-年/.]?)?(?P<month>\d{1,2})[-月/.]?(?P<day>\d{1,2})日?")


class Form(Protocol):
    """What Django's QueryDict offers."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> Sequence[str]: ...


def typed_time(text: str, moment: dt.datetime, *, ahead: bool = False) -> dt.datetime:
    """An instant as typed; empty means `moment`. `ahead`: when to come again, so an hour that is past is tomorrow's.
    Raises `visits.bad_time`."""
    text = "".join(text.split()) if text.count(" ") == 0 else text.strip()
    if not text:
        return moment
    here = local(moment)
    found = _TIME.fullmatch(text)
    if found is None:
        raise Problem("visits.bad_time")
    minute = 30 if found["minute"] == "半" else int(found["minute"] or 0)
    hour = int(found["hour"])
    if (found["word"] or "").endswith("晚") and EVENING_BEGINS <= hour < 12:  # 昨晚9点
        hour += 12
    try:
        day = _day_of(found, here.date())
        result = here.replace(
            year=day.year, month=day.month, day=day.day, hour=hour, minute=minute, second=0, microsecond=0
        )
    except ValueError:
        raise Problem("visits.bad_time") from None
    if not found["word"] and not found["month"]:
        if ahead and result <= here:
            result += dt.timedelta(days=1)
        elif not ahead and result > here and here.hour < NIGHT_ENDS:
            result -= dt.timedelta(days=1)
    return result


def _day_of(found: re.Match[str], today: dt.date) -> dt.date:
    if found["month"]:
        return dt.date(int(found["year"] or today.year), int(found["month"]), int(found["day"]))
    return today + dt.timedelta(days=_DAYS.get(found["word"] or "", 0))


def typed_date(text: str, today: dt.date) -> dt.date | None:
    """A day as typed: 8月20日, 8-20, 0820, 2026-08-20. A day without a year that is long past is next year's."""
    text = text.strip()
    if not text:
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise Problem("visits.bad_date")
    try:
        day = dt.date(int(found["year"] or today.year), int(found["month"]), int(found["day"]))
        if not found["year"] and (today - day).days > 180:
            day = day.replace(year=today.year + 1)
    except ValueError:
        raise Problem("visits.bad_date") from None
    return day


def visit_body(
    form: Form,
    *,
    household_id: int,
    people: Collection[int],
    questions: Mapping[str, Collection[QuestionDefinition]],
    moment: dt.datetime,
) -> dict[str, Any]:
    """The body of a visit. `questions`: those on the page, by subject. Raises a Problem for what cannot be meant."""
    outcome = form.get("outcome", "") or "met"
    lines = [
        _line(form, person, questions["person"], moment) for person in people if form.get(f"p_{person}", "")
    ]
    members = [
        _member(form, key, questions["person"], moment)
        for key in NEW_MEMBERS
        if form.get(f"name_{key}", "").strip()
    ]
    if outcome == "met" and not lines and not members:
        raise Problem("visits.nothing_entered")
    if outcome != "met" and (lines or members):
        raise Problem("visits.both_ways")
    first_seen = next((line["person"] for line in lines if line["presence"] == "seen"), None)
    for line in lines:
        if line["presence"] == "answered_for" and first_seen:
            line["answered_by"] = first_seen
    body: dict[str, Any] = {
        "household": household_id,
        "channel": form.get("channel", "") or "door",
        "outcome": outcome,
        "lines": lines,
        "answers": _answers(form, "q_", questions["household"]) if outcome == "met" else {},
        "note": form.get("note", "").strip(),
    }
    if members:
        body["members"] = members
    if form.get("worker", "").isdigit():
        body["worker"] = int(form.get("worker", ""))
    if outcome != "met" and form.get("again", "").strip():
        body["back_at"] = typed_time(form.get("again", ""), moment, ahead=True).isoformat()
    return body


def _member(
    form: Form, key: str, questions: Collection[QuestionDefinition], moment: dt.datetime
) -> dict[str, Any]:
    """Somebody who is in no register yet, with their line. Who they are is read on the server, as a sheet's cells."""
    member = _line(form, key, questions, moment)
    member["name"] = form.get(f"name_{key}", "").strip()
    for field, name in (("relation", "relation"), ("sex", "sex"), ("id", "id_number"), ("phone", "phone")):
        if said := form.get(f"{field}_{key}", "").strip():
            member[name] = said
    if form.get("registered", ""):
        member["registered"] = True
    return member


def _line(
    form: Form, person: int | str, questions: Collection[QuestionDefinition], moment: dt.datetime
) -> dict[str, Any]:
    is_known = isinstance(person, int)
    presence = form.get(f"p_{person}", "") or ("" if is_known else "seen")
    line: dict[str, Any] = {"person": person, "presence": presence} if is_known else {"presence": presence}
    if presence == "away":
        place = form.get(f"place_{person}", "").strip()
        if not place:
            raise Problem("visits.away_place_required")
        line["away_place"] = place
        back_on = typed_date(form.get(f"back_{person}", ""), local(moment).date())
        if back_on:
            line["back_on"] = back_on.isoformat()
    if presence in ("seen", "answered_for"):
        line["answers"] = _answers(form, f"a_{person}_", questions)
    return line


def _answers(form: Form, prefix: str, questions: Collection[QuestionDefinition]) -> dict[str, Any]:
    found = {}
    for question in questions:
        given = [value.strip() for value in form.getlist(prefix + question.key) if value.strip()]
        if given:
            value = typed_answer(question, given)
            if detail := fault_words(question, value):
                raise Problem("visits.bad_answer", question=question.label, detail=detail)
            found[question.key] = value
    return found


def typed_answer(question: QuestionDefinition, given: Sequence[str]) -> Any:
    """The JSON value of what was typed or ticked; what cannot be read stays text, and `fault_words` says what is wrong."""
    text = given[-1]
    match question.type:
        case "choices":
            return list(given)
        case "boolean":
            return {"yes": True, "no": False}.get(text, text)
        case "integer":
            return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text
        case "decimal":
            return float(text) if re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", text) else text
    return text


def as_typed(question: QuestionDefinition, value: Any) -> list[str]:
    """A JSON value as the fields of the form hold it."""
    if value is None:
        return []
    if question.type == "boolean":
        return ["yes" if value else "no"]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def in_words(question: QuestionDefinition, value: Any, yes: str, no: str) -> str:
    """A JSON value as a person reads it."""
    names = dict(question.choices)
    if question.type == "boolean":
        return yes if value else no
    if isinstance(value, list):
        return "、".join(names.get(str(item), str(item)) for item in value)
    return names.get(str(value), str(value))
