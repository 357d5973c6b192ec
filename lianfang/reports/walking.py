"""走访单: the doors that are owed, laid out on A4 for one worker who walks with a pen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import segno
from django.utils.translation import gettext as _

from lianfang.areas.models import Area
from lianfang.areas.rules import common_path
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.asking import Asked, DoorQuestions
from lianfang.campaigns.queries.targets import TargetRow
from lianfang.core.clock import local
from lianfang.core.desk_format import clock_time, day
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.models import Person
from lianfang.reports import rules, wording
from lianfang.reports.queries.walk import Home, Member

# Layout of a sheet in CSS pixels; static/reports/walk.css draws to the same numbers.
LINE, NOTE_LINE, PLACE_LINE, PADDING = 24, 17, 26, 12
ROOM, UNLISTED = 800, 176
NOTE_CHARACTERS = 34  # that fit in one line of notes
QUESTION_WIDTH, CHARACTER, BOX = 262, 12, 26
A_WEEK = dt.timedelta(days=7)
SHORT_LABEL = 6  # characters that leave room for the choices on the same line


@dataclass(frozen=True, slots=True)
class Line:
    """One member to be met."""

    member: Member
    relation: str
    age: str


@dataclass(frozen=True, slots=True)
class Question:
    label: str
    choices: tuple[str, ...]
    is_short: bool
    line_count: int


@dataclass(frozen=True, slots=True)
class DoorBlock:
    row: TargetRow
    lines: tuple[Line, ...]
    questions: tuple[Question, ...]
    asked: DoorQuestions
    note: str
    is_overdue: bool
    is_unregistered: bool  # a door of which nobody knows yet who lives there
    is_first_of_place: bool  # a line with the building or group stands above it

    @property
    def height(self) -> int:
        note_lines = -(-len(self.note) // NOTE_CHARACTERS) if self.note else 0
        people = max(len(self.lines), 2 if self.is_unregistered else 0) * LINE + note_lines * NOTE_LINE
        asked = (sum(question.line_count for question in self.questions) + 1) * LINE
        return max(people, asked) + PADDING + (PLACE_LINE if self.is_first_of_place else 0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page."""

    number: str
    title: str
    page: int
    page_count: int
    doors: tuple[DoorBlock, ...]
    owed_count: int
    overdue_count: int
    worker_name: str
    worker_title: str
    village: str
    due: str
    code: str  # inline SVG
    payload: str

    @property
    def is_last(self) -> bool:
        return self.page == self.page_count


@dataclass(frozen=True, slots=True)
class Walk:
    """What all sheets of a print share."""

    round: Round
    chain: Sequence[Area]
    now: dt.datetime


def sheets(walk: Walk, rows: Sequence[TargetRow], homes: Mapping[int, Home]) -> list[Sheet]:
    """The sheets of an area: one walk for each worker of each village, in walking order."""
    found: list[Sheet] = []
    for _who, group in groupby(rows, key=lambda row: (row.village, row.worker_id)):
        place, doors = None, []
        for row in group:
            doors.append(_door(walk, row, homes.get(row.household_id), is_first=row.area_path != place))
            place = row.area_path
        found += _of_walk(walk, doors)
    return found


def _of_walk(walk: Walk, doors: Sequence[DoorBlock]) -> list[Sheet]:
    counts = rules.paginate(
        [door.height for door in doors], room=ROOM - PLACE_LINE, last_room=ROOM - PLACE_LINE - UNLISTED
    )
    first = doors[0].row
    paths = list(dict.fromkeys(door.row.area_path for door in doors))
    path = paths[0] if len(paths) == 1 else common_path(paths)
    stem = _stem(walk, path, first.worker_id)
    title = first.place or first.village
    if len(paths) > 1:
        title = _("%(first)s等%(count)d处") % {"first": title, "count": len(paths)}
    pages, at = [], 0
    for page, count in enumerate(counts, 1):
        payload = f"LF1:{walk.round.pk}:{path}:{local(walk.now):%Y%m%d%H%M}:{first.worker_id or 0}:{page}"
        pages.append(
            Sheet(
                number=f"{stem}-{page:02d}",
                title=title,
                page=page,
                page_count=len(counts),
                doors=tuple(doors[at : at + count]),
                owed_count=len(doors),
                overdue_count=sum(door.is_overdue for door in doors),
                worker_name=first.worker_name,
                worker_title=first.worker_title,
                village=first.village,
                due=paper_time(hand_in_by((door.row.due_at for door in doors), walk), walk.now),
                code=segno.make(payload, error="m", micro=False).svg_inline(scale=3, border=0, omitsize=True),
                payload=payload,
            )
        )
        at += count
    return pages


def hand_in_by(deadlines: Iterable[dt.datetime], walk: Walk) -> dt.datetime:
    """The next deadline that can still be kept: a sheet printed at 21:05 must not ask for itself back at 20:00."""
    every = {*deadlines, walk.round.due_at}
    return min((due for due in every if due > walk.now), default=max(every))


def paper_time(moment: dt.datetime, now: dt.datetime) -> str:
    """8月8日12:00: on paper there is no 'tomorrow', it is read on another day."""
    return f"{day(local(moment).date(), local(now).date())}{clock_time(moment)}"


def _stem(walk: Walk, path: str, worker_id: int | None) -> str:
    """0807-YMC-G01-3: day, village, area below it (or the worker, where several), round: short enough to be read out
    over the phone."""
    village = next((area for area in walk.chain if area.level == Area.Level.VILLAGE), walk.chain[-1])
    tail = "-".join(label for label in path.removeprefix(village.path).split(".") if label)
    name = village.initials.upper() or village.code[-6:]
    parts = (f"{local(walk.now):%m%d}", name, tail or f"W{worker_id or 0}", str(walk.round.pk))
    return "-".join(parts)


def _door(walk: Walk, row: TargetRow, home: Home | None, *, is_first: bool) -> DoorBlock:
    members = home.members if home else ()
    if row.person_id:
        members = tuple(member for member in members if member.person_id == row.person_id)
    owed = tuple(member for member in members if not member.is_met)
    asked = home.asked if home else DoorQuestions()
    return DoorBlock(
        row=row,
        lines=tuple(
            Line(member, str(Person.Relation(member.relation).label), _age(member, walk.now))
            for member in owed
        ),
        questions=tuple(_questions(asked, owed or members)),
        asked=asked,
        note=_note(walk, row, home, members),
        is_overdue=row.is_overdue,
        is_unregistered=not members,
        is_first_of_place=is_first,
    )


def _age(member: Member, now: dt.datetime) -> str:
    if member.birth_on is None:
        return ""
    today = local(now).date()
    born = member.birth_on
    return str(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def open_questions(asked: DoorQuestions, people: Sequence[Member]) -> dict[str, tuple[Asked, list[Member]]]:
    """By key, in the order in which they are asked: what is not known at this door, and of which of these people. A
    question of the household is asked of nobody in particular."""
    found: dict[str, tuple[Asked, list[Member]]] = {one.question.key: (one, []) for one in asked.open}
    for member in people:
        for one in asked.people.get(member.person_id, ()):
            if not one.is_known:
                found.setdefault(one.question.key, (one, []))[1].append(member)
    return found


def _questions(asked: DoorQuestions, people: Sequence[Member]) -> Iterable[Question]:
    for one, of_whom in open_questions(asked, people).values():
        question = one.question
        if question.about == "household":
            yield _question(question, _choices(question))
        else:
            blank = _blank(question)
            yield _question(question, tuple(f"{one.name}{blank}" for one in of_whom), is_boxed=False)


def _question(question: QuestionDefinition, choices: tuple[str, ...], *, is_boxed: bool = True) -> Question:
    label = question.label
    wide = sum(len(choice) * CHARACTER + (BOX if is_boxed else CHARACTER) for choice in choices)
    is_short = len(label) <= SHORT_LABEL and wide + 74 <= QUESTION_WIDTH
    lines = 1 if is_short else 1 + max(1, -(-wide // QUESTION_WIDTH))
    return Question(label, choices, is_short, lines)


def _choices(question: QuestionDefinition) -> tuple[str, ...]:
    if question.choices:
        return tuple(word for _code, word in question.choices)
    if question.type == "boolean":
        return (_("是"), _("否"))
    if question.type == "integer" and question.low == 0:
        return (_("没有"), _("有____"))
    return ("________",)


def _blank(question: QuestionDefinition) -> str:
    if question.type == "boolean":
        return _(" 是/否")
    if question.choices and len(question.choices) <= 3:
        return " " + "/".join(word for _code, word in question.choices)
    return "____"


def _note(walk: Walk, row: TargetRow, home: Home | None, members: Sequence[Member]) -> str:
    """Small print: what was tried, when they are back, who was met already, what is known."""
    said = []
    if row.attempts:
        # As seen from a day on which nothing of this is 'today' or 'yesterday'.
        said.append(wording.tried(row.attempts, row.attempt_count, walk.now + A_WEEK))
    if home and home.back_at:
        said.append(_("约%(time)s") % {"time": paper_time(home.back_at, walk.now)})
    met = [member for member in members if member.is_met]
    if met:
        words = wording.presence_words()
        said.append(_("、").join(f"{member.name}{words[member.presence]}" for member in met))
    known = _known(walk, home) if home else ""
    if known:
        said.append(_("已知：%(known)s") % {"known": known})
    if not members:
        said.append(_("新门，还没有登记。姓名写在横线上，电话写在备注"))
    return _("；").join(said)


def _known(walk: Walk, home: Home) -> str:
    today = local(walk.now).date()
    said = []
    dictionary = {asked.question.key: asked.question for asked in home.asked.household}
    for one in home.known:
        question = dictionary.get(one.question)
        if question is None or one.person_id or question.privacy == "sensitive":
            continue
        when = day(local(one.happened_at).date(), today)
        said.append(
            _("%(label)s %(value)s（%(day)s）")
            % {"label": question.label, "value": value_word(question, one.value), "day": when}
        )
    return _("；").join(said)


def value_word(question: QuestionDefinition, value: object) -> str:
    words = dict(question.choices)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return _("、").join(words.get(one, str(one)) for one in value)
    return words.get(str(value), str(value))
