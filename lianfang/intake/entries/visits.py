"""What is written about one door, read into the body of a visit. Pure.

Nothing is dropped and nothing guessed: a text that cannot be read, or that does not go together with another, is a
fault at its cell, and a door with a fault is no visit yet.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lianfang.core.clock import local
from lianfang.core.problems import Problem
from lianfang.intake.entries.answers import Reading, read_answer, read_day
from lianfang.intake.entries.faults import CellFault
from lianfang.intake.entries.form import (
    DOOR,
    OF_NEW,
    QUESTION,
    DoorEntry,
    DoorReading,
    EntryForm,
    ListedDoor,
    OpenQuestion,
    Texts,
)
from lianfang.intake.entries.presence import (
    ALL_HOME,
    OUTCOME,
    PRESENCE,
    WORDS_OF_PRESENCE,
    Said,
    read_presence,
)
from lianfang.intake.rules import LONGEST_NOTE, LONGEST_NUMBER, LONGEST_PLACE
from lianfang.intake.typed import typed_time
from lianfang.questions.rules import TypedAnswers, holds, typed
from lianfang.register.rules import NOTHING, person_name, relation, report_day, sex, text, words

CLOCK_TOLERANCE = dt.timedelta(minutes=10)
_PRESENT = ("seen", "answered_for")
_NOON = 12  # of a day whose hour nobody wrote
_UNSURE = words("不定 不一定 不详 未定 待定 未知 不知道 不清楚 说不准 没定")
_RELATION_WORDS = {
    "head": "户主",
    "spouse": "配偶",
    "child": "子女",
    "grandchild": "孙辈",
    "parent": "父母",
    "other": "其他",
    "tenant": "租客",
}
SEX_WORDS = {"male": "男", "female": "女"}


def read_door(
    door: ListedDoor,
    texts: Texts,
    form: EntryForm,
    repeated: Mapping[str, Iterable[str]] | None = None,
    *,
    is_correction: bool = False,
) -> DoorReading:
    """`texts`: who → column → what is written; `repeated`: who → columns that were filled by 同上轮. A correction says
    what changes and nothing else: whom it says nothing of was met as the visit has it (corrections.py), so that a line
    may lack its presence."""
    return _Door(door, texts, form, repeated or {}, is_correction=is_correction).read()


class _Door:
    def __init__(
        self,
        door: ListedDoor,
        texts: Texts,
        form: EntryForm,
        repeated: Mapping[str, Iterable[str]],
        *,
        is_correction: bool,
    ) -> None:
        self.is_correction = is_correction
        self.settled = form.settled.get(door.household_id, frozenset())
        self.door = door
        self.form = form
        self.repeated = repeated
        self.texts = {
            who: {column: said for column, said in cells.items() if said.strip()}
            for who, cells in texts.items()
        }
        self.faults: list[CellFault] = []
        self.shown: dict[str, dict[str, str]] = {}
        self.lacking: list[tuple[str, str]] = []
        self.shut: list[tuple[str, str]] = []
        known = [str(member.person_id) for member in door.members]
        self.people = known + [
            who for who in self.texts if who != DOOR and who not in known and self.texts[who]
        ]

    def read(self) -> DoorReading:
        if not any(self.texts.values()):
            return DoorReading(None)
        said = {who: found for who in self.people if (found := self._presence(who))}
        outcomes = {found.code: who for who, found in said.items() if found.kind == OUTCOME}
        happened_at = self._happened_at()
        body: dict[str, Any] = {"household": self.door.household_id, "channel": self.form.channel}
        worker_id = self._worker()
        if worker_id:
            body["worker"] = worker_id
        if note := self.texts.get(DOOR, {}).get("note", "").strip():
            self._limit(DOOR, "note", note, LONGEST_NOTE)
            body["note"] = note
        if outcomes:
            self._not_met(body, said, outcomes)
        else:
            self._met(body, said)
        if as_before := self._as_before():
            body["as_before"] = as_before
        if self.faults or happened_at is None:
            return DoorReading(None, tuple(self.faults), self.shown, tuple(self.lacking), tuple(self.shut))
        entry = DoorEntry(self.door.household_id, happened_at, body)
        return DoorReading(entry, (), self.shown, tuple(self.lacking), tuple(self.shut))

    # ---------- the whole house ----------

    def _not_met(self, body: dict[str, Any], said: Mapping[str, Said], outcomes: Mapping[str, str]) -> None:
        code = next(iter(outcomes))
        others = [who for who, found in said.items() if found.kind != OUTCOME]
        for who in [*others, *list(outcomes.values())[1:]]:
            self._fault(who, "presence", "both_ways")
        for who, cells in self.texts.items():
            for column in cells:
                if column.startswith(QUESTION) or column in ("place", "back", "name"):
                    self._fault(who, column, "both_ways")
        body |= {"outcome": code, "lines": [], "answers": {}}

    def _met(self, body: dict[str, Any], said: Mapping[str, Said]) -> None:
        everybody = any(found.kind == ALL_HOME for found in said.values())
        presence = {who: "seen" if found.kind == ALL_HOME else found.code for who, found in said.items()}
        for who in self.people if everybody else ():
            if who not in presence and (not _is_new(who) or self.texts[who].get("name")):
                presence[who] = "seen"
                self._show(who, "presence", WORDS_OF_PRESENCE["seen"])
        lines, members = [], []
        for who in self.people:
            line = self._line(who, presence.get(who, ""), said.get(who))
            if line is not None and _is_new(who):
                members.append(line)
            elif line is not None:
                lines.append({"person": int(who), **line})
        first_seen = next((line["person"] for line in lines if line["presence"] == "seen"), None)
        for line in lines:
            if line["presence"] == "answered_for" and first_seen:
                line["answered_by"] = first_seen
        answers = self._answers(DOOR, "household")
        if not lines and not members and not self.faults and not self.is_correction:
            column = next(iter(self.texts.get(DOOR, {})), "presence")
            self._fault(DOOR, column, "nothing")
        is_anybody_there = any(presence.get(who) in _PRESENT for who in self.people)
        if is_anybody_there:
            self._owe(DOOR, answers)
        body |= {"outcome": "met", "lines": lines, "answers": answers}
        if members:
            body["members"] = members

    # ---------- one person ----------

    def _presence(self, who: str) -> Said | None:
        cell = self.texts.get(who, {}).get("presence", "")
        found = read_presence(cell, is_coded=self.form.is_coded)
        if cell.strip() and text(cell) not in NOTHING and found is None:
            self._fault(who, "presence", "presence", text=text(cell)[:20])
            return None
        if found is None and self.texts.get(who, {}).get("place"):
            # Where somebody is, and nothing else: a sheet without a column for it says just this.
            found = Said(PRESENCE, "away")
        if found is not None:
            word = found.word if found.kind != ALL_HOME else WORDS_OF_PRESENCE["seen"]
            self._show(who, "presence", word)
        return found

    def _line(self, who: str, presence: str, said: Said | None) -> dict[str, Any] | None:
        cells = self.texts.get(who, {})
        is_new = _is_new(who)
        if not presence:
            said_of = any(column.startswith(QUESTION) or (is_new and column in OF_NEW) for column in cells)
            if said_of and self.is_correction and not is_new:
                return {"presence": "", "answers": self._answers(who, "person")}
            if said_of:
                if not any(fault.row == who and fault.column == "presence" for fault in self.faults):
                    self._fault(who, "presence", "no_presence")
            elif not is_new and not self.is_correction and who not in self.settled:
                self.lacking.append((who, "presence"))
            if is_new and cells:
                self._who(who, cells)
            return None
        line: dict[str, Any] = {"presence": presence}
        if presence == "away":
            self._away(who, cells, said, line)
        else:
            for column in ("place", "back"):
                if column in cells:
                    self._fault(who, column, "place_of_present")
        answers = self._answers(who, "person")
        if presence in _PRESENT:
            line["answers"] = answers
            self._owe(who, answers)
        else:
            for key in answers:
                self._fault(who, QUESTION + key, "not_there")
        if is_new:
            line |= self._who(who, cells)
        return line

    def _away(self, who: str, cells: Mapping[str, str], said: Said | None, line: dict[str, Any]) -> None:
        place = cells.get("place", "").strip() or (said.place if said else "")
        if place in NOTHING or not place:
            self._fault(who, "place", "away_place")
        elif self._limit(who, "place", place, LONGEST_PLACE):
            line["away_place"] = place
            self._show(who, "place", place)
        back = text(cells.get("back", ""))
        if not back or back in NOTHING or back in _UNSURE:
            return
        reading = read_day(re.sub(r"(?:回来?|返回|前后|左右)$", "", back), local(self.form.moment).date())
        if reading.code:
            self._fault(who, "back", reading.code, **reading.payload)
            return
        is_over = dt.date.fromisoformat(reading.value) < local(self.form.moment).date()
        if is_over and "back" in set(self.repeated.get(who, ())):
            self._fault(who, "back", "last_over", date=reading.value)
        line["back_on"] = reading.value
        self._show(who, "back", reading.shown)

    def _who(self, who: str, cells: Mapping[str, str]) -> dict[str, Any]:
        """Somebody who is in no register yet. Id and phone are read where they are entered, as a sheet's cells."""
        found: dict[str, Any] = {}
        name, code = person_name(cells.get("name", ""))
        if not cells.get("name"):
            self._fault(who, "name", "no_name")
        elif not name or code not in (None, "register.name_note", "register.name_called"):
            self._fault(who, "name", "name", text=text(cells["name"])[:20])
        else:
            found["name"] = name
            self._show(who, "name", name)
        if cells.get("relation"):
            kind, code = relation(cells["relation"])
            if code and code != "register.relation_unknown":
                self._fault(who, "relation", "relation", text=text(cells["relation"])[:20])
            elif kind:
                found["relation"] = kind
                self._show(who, "relation", _RELATION_WORDS[kind])
        if cells.get("sex"):
            kind, code = sex(cells["sex"])
            if code:
                self._fault(who, "sex", "sex", text=text(cells["sex"])[:20])
            elif kind:
                found["sex"] = kind
                self._show(who, "sex", SEX_WORDS[kind])
        for column in ("id_number", "phone"):
            if (said := cells.get(column, "").strip()) and self._limit(who, column, said, LONGEST_NUMBER):
                found[column] = said
        return found

    # ---------- answers ----------

    def _answers(self, who: str, about: str) -> dict[str, Any]:
        near = local(self.form.happened_at or self.form.moment).date()
        found: dict[str, Any] = {}
        for column, cell in self.texts.get(who, {}).items():
            question = self.form.by_column.get(column)
            if question is None or question.about != about:
                if column.startswith(QUESTION):
                    self._fault(who, column, "not_asked")
                continue
            reading: Reading = read_answer(question, cell, near, is_coded=self.form.is_coded)
            if reading.code:
                self._fault(who, column, reading.code, **reading.payload)
            elif reading.value is not None:
                found[question.key] = reading.value
                self._show(who, column, reading.shown)
        return found

    def _owe(self, who: str, answers: Mapping[str, Any]) -> None:
        """What is asked, must be answered, and is not written. New people are asked what everybody is asked."""
        asked = self._asked(who)
        about = "household" if who == DOOR else "person"
        known = self.form.known.get(self.door.household_id, {}).get(who, {})
        # A condition may name what is known and asked no more: every question of the subject is there.
        full = typed((one for one in self.form.questions if one.about == about), {**known, **answers})
        for item in asked:
            if answers.get(item.question.key) is not None:
                continue
            if is_owed(item, full):
                self.lacking.append((who, QUESTION + item.question.key))
            elif answers and _is_shut(item, full):
                self.shut.append((who, QUESTION + item.question.key))

    def _asked(self, who: str) -> Sequence[OpenQuestion]:
        if not self.form.open:
            about = "household" if who == DOOR else "person"
            return [OpenQuestion(question) for question in self.form.questions if question.about == about]
        return self.form.open.get(self.door.household_id, {}).get("n" if _is_new(who) else who, ())

    # ---------- when and who ----------

    def _happened_at(self) -> dt.datetime | None:
        said = self.texts.get(DOOR, {}).get("at", "")
        if not said.strip():
            return self.form.happened_at or self.form.moment
        moment = read_hour(said, self.form.moment)
        if moment is None:
            self._fault(DOOR, "at", "time", text=said[:20])
            return None
        if moment > self.form.moment + CLOCK_TOLERANCE:
            self._fault(DOOR, "at", "future", text=said[:20])
            return None
        self._show(DOOR, "at", f"{local(moment):%Y-%m-%d %H:%M}")
        return moment

    def _worker(self) -> int | None:
        said = text(self.texts.get(DOOR, {}).get("worker", ""))
        if not said or said in NOTHING:
            return self.form.worker_id
        found = [worker for worker, name in self.form.workers if name == said]
        if len(found) != 1:
            self._fault(DOOR, "worker", "worker_twice" if found else "worker", text=said[:20])
            return None
        return found[0]

    # ---------- saying ----------

    def _as_before(self) -> list[str]:
        """`7.presence`, `0.returned_count`: what was said by 同上轮, so that it can be told from what was asked."""
        found = []
        for who, columns in self.repeated.items():
            for column in columns:
                if self.texts.get(who, {}).get(column):
                    found.append(f"{who or 0}.{column.removeprefix(QUESTION)}")
        return sorted(found)

    def _limit(self, who: str, column: str, said: str, longest: int) -> bool:
        if len(said) > longest:
            self._fault(who, column, "too_long", count=longest)
            return False
        return True

    def _fault(self, who: str, column: str, code: str, **payload: Any) -> None:
        self.faults.append(CellFault(who, column, code, payload))

    def _show(self, who: str, column: str, shown: str) -> None:
        self.shown.setdefault(who, {})[column] = shown


def read_hour(said: str, now: dt.datetime) -> dt.datetime | None:
    """When somebody went there: an hour as it is said at the desk, or a day alone, which stands for its noon."""
    plain = re.sub(r"(\d{1,2}[:：]\d{2})[:：]\d{2}$", r"\1", text(said))  # seconds
    plain = re.sub(r"(?:上午|早上|凌晨)(?=\d)", "", plain)
    plain = re.sub(r"(?:下午|傍晚|晚上|夜里)(\d{1,2})", _afternoon, plain)
    try:
        return typed_time(plain, now)
    except Problem:
        pass
    number = int(plain) if re.fullmatch(r"[34]\d{4}", plain) else plain
    day, _code = report_day(number, local(now).date())
    if day is None:
        return None
    noon = local(now).replace(
        year=day.year, month=day.month, day=day.day, hour=_NOON, minute=0, second=0, microsecond=0
    )
    return min(noon, now) if day == local(now).date() else noon


def _afternoon(match: re.Match[str]) -> str:
    hour = int(match[1])
    return f"{hour + 12 if hour < 12 else hour}"


def _is_new(who: str) -> bool:
    return who.startswith("n")


def is_owed(item: OpenQuestion, answers: TypedAnswers) -> bool:
    """By any of the forms that ask it."""
    if not item.conditions:
        return item.is_required
    return any(
        (not show_if or holds(show_if, answers))
        and (item.is_required or bool(require_if and holds(require_if, answers)))
        for show_if, require_if in item.conditions
    )


def _is_shut(item: OpenQuestion, answers: TypedAnswers) -> bool:
    """Does no form ask it, as the answers stand?"""
    return bool(item.conditions) and all(
        show_if and not holds(show_if, answers) for show_if, _require_if in item.conditions
    )
