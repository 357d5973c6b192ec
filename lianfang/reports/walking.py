"""走访单: the doors that are owed, laid out on A4 for one worker who walks with a pen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import segno
from django.utils.translation import gettext as _

from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.targets import TargetRow
from lianfang.core.clock import local
from lianfang.core.desk_format import day, night
from lianfang.questions.rules import FormDefinition, QuestionDefinition
from lianfang.register.models import Person
from lianfang.reports import rules, wording
from lianfang.reports.queries.walk import Home, Known, Member

# Layout of a sheet in CSS pixels; static/reports/walk.css draws to the same numbers.
LINE, NOTE_LINE, PADDING = 24, 17, 12
ROOM, UNLISTED = 800, 176
NOTE_CHARACTERS = 34  # that fit in one line of notes
QUESTION_WIDTH, CHARACTER, BOX = 262, 12, 26
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
    note: str
    is_overdue: bool
    is_unregistered: bool  # a door of which nobody knows yet who lives there

    @property
    def height(self) -> int:
        note_lines = -(-len(self.note) // NOTE_CHARACTERS) if self.note else 0
        people = max(len(self.lines), 2 if self.is_unregistered else 0) * LINE + note_lines * NOTE_LINE
        asked = (sum(question.line_count for question in self.questions) + 1) * LINE
        return max(people, asked) + PADDING


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
    due_at: dt.datetime
    code: str  # inline SVG
    payload: str

    @property
    def is_last(self) -> bool:
        return self.page == self.page_count


@dataclass(frozen=True, slots=True)
class Walk:
    """What all sheets of a print share."""

    round: Round
    form: FormDefinition
    dictionary: Mapping[str, QuestionDefinition]
    chain: Sequence[Area]
    now: dt.datetime


def sheets(walk: Walk, rows: Sequence[TargetRow], homes: Mapping[int, Home]) -> list[Sheet]:
    """The sheets of an area: one walk for each of its smallest areas and each worker, in walking order."""
    found: list[Sheet] = []
    for (path, _worker), group in groupby(rows, key=lambda row: (row.area_path, row.worker_id)):
        found += _of_walk(walk, path, [_door(walk, row, homes.get(row.household_id)) for row in group])
    return found


def _of_walk(walk: Walk, path: str, doors: Sequence[DoorBlock]) -> list[Sheet]:
    counts = rules.paginate([door.height for door in doors], room=ROOM, last_room=ROOM - UNLISTED)
    first = doors[0].row
    stem = _stem(walk, path)
    pages, at = [], 0
    for page, count in enumerate(counts, 1):
        payload = f"LF1:{walk.round.pk}:{path}:{local(walk.now):%Y%m%d%H%M}:{first.worker_id or 0}:{page}"
        pages.append(
            Sheet(
                number=f"{stem}-{page:02d}",
                title=first.place or first.village,
                page=page,
                page_count=len(counts),
                doors=tuple(doors[at : at + count]),
                owed_count=len(doors),
                overdue_count=sum(door.is_overdue for door in doors),
                worker_name=first.worker_name,
                worker_title=first.worker_title,
                village=first.village,
                due_at=min(door.row.due_at for door in doors),
                code=segno.make(payload, error="m", micro=False).svg_inline(scale=3, border=0, omitsize=True),
                payload=payload,
            )
        )
        at += count
    return pages


def _stem(walk: Walk, path: str) -> str:
    """0807-YMC-G01-3: day, village, area below it, round: short enough to be read out over the phone."""
    village = next((area for area in walk.chain if area.level == Area.Level.VILLAGE), walk.chain[-1])
    inside = path.removeprefix(village.path)
    tail = "-".join(label for label in inside.split(".") if label)
    name = village.initials.upper() or village.code[-6:]
    return "-".join(part for part in (f"{local(walk.now):%m%d}", name, tail, str(walk.round.pk)) if part)


def _door(walk: Walk, row: TargetRow, home: Home | None) -> DoorBlock:
    members = home.members if home else ()
    if row.person_id:
        members = tuple(member for member in members if member.person_id == row.person_id)
    owed = tuple(member for member in members if not member.is_met)
    known = home.known if home else ()
    return DoorBlock(
        row=row,
        lines=tuple(
            Line(member, str(Person.Relation(member.relation).label), _age(member, walk.now))
            for member in owed
        ),
        questions=tuple(_questions(walk.form, known, owed or members, walk.round.opens_at)),
        note=_note(walk, row, home, members),
        is_overdue=row.is_overdue,
        is_unregistered=not members,
    )


def _age(member: Member, now: dt.datetime) -> str:
    if member.birth_on is None:
        return ""
    today = local(now).date()
    born = member.birth_on
    return str(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def _questions(
    form: FormDefinition, known: Iterable[Known], people: Sequence[Member], opens_at: dt.datetime
) -> Iterable[Question]:
    """What is still open at this door: nothing that was answered in this round is asked again."""
    answered = {(one.person_id, one.question) for one in known if one.happened_at >= opens_at}
    for item in form.items:
        question = item.question
        if question.about == "household":
            if (0, question.key) not in answered:
                yield _question(question, _choices(question))
        else:
            open_people = [one for one in people if (one.person_id, question.key) not in answered]
            if open_people:
                blank = _blank(question)
                yield _question(question, tuple(f"{one.name}{blank}" for one in open_people), is_boxed=False)


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
    now = walk.now
    said = []
    if row.attempts:
        said.append(wording.tried(row.attempts, row.attempt_count, now))
    if home and home.back_at:
        said.append(_("约%(time)s") % {"time": night(home.back_at, now)})
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
    for one in home.known:
        question = walk.dictionary.get(one.question)
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
