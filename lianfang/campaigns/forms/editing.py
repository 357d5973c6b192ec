"""A draft after what was said about it on its page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from lianfang.campaigns.forms.columns import like
from lianfang.campaigns.forms.finding import find
from lianfang.core.refusing import refused_choices, refused_subject
from lianfang.questions.conditions import usual_condition
from lianfang.questions.drafting import (
    ABOUT,
    ASK,
    LEFT,
    LONGEST_LABEL,
    LONGEST_TITLE,
    MOST_CHOICES,
    PRIVACY,
    REFUSED,
    TYPES,
    UNTAKEN,
    Draft,
    Line,
    NewQuestion,
)
from lianfang.questions.headings import guess_question
from lianfang.questions.rules import QuestionDefinition

NEW = "new"
FIXED = (REFUSED, UNTAKEN)
LONGEST_CONDITION = 400
Questions = Mapping[str, QuestionDefinition]


class Said(Protocol):
    """The fields of the page, as a QueryDict gives them."""

    def get(self, key: str, default: str) -> str: ...

    def getlist(self, key: str) -> list[str]: ...

    def __contains__(self, key: object) -> bool: ...


def edited(draft: Draft, said: Said, known: Questions) -> Draft:
    """Title, purpose, every line, and one line more when something was typed into 加一项."""
    purpose = _of(said, "purpose", draft.purpose)
    yes, required = set(said.getlist("yes")), set(said.getlist("required"))
    lines = [_line(line, said, known, yes=yes, required=required) for line in draft.lines]
    if purpose != draft.purpose:
        lines = [_for_purpose(line, purpose, known) for line in lines]
    draft = replace(
        draft,
        title=_of(said, "title", draft.title).strip()[:LONGEST_TITLE],
        purpose=purpose,
        proxy_allowed="proxy" in said,
        lines=tuple(lines),
    )
    if added := _of(said, "add").strip():
        draft = with_line(draft, added, known)
    return _moved(draft, _of(said, "do"))


def with_line(draft: Draft, text: str, known: Questions) -> Draft:
    """A question of the dictionary by its label, else a new one in these words. A subject that must not be asked
    about becomes a line that says so."""
    line = Line(_free_id(draft.lines), text[:LONGEST_LABEL])
    if subject := refused_subject(text):
        return replace(draft, lines=(*draft.lines, replace(line, kind=REFUSED, reason=subject)))
    found = next((one for one in known.values() if text in (one.label, one.key)), None)
    found = found or find(text, known.values(), draft.purpose)
    if found and found.key in {each.question for each in draft.lines if each.kind == ASK}:
        return draft
    if found and draft.purpose in found.purposes:
        asked = [known[each.question] for each in draft.asked if each.question in known]
        line = replace(
            line,
            header=found.label,
            question=found.key,
            is_required=True,
            show_if=usual_condition(found, [*asked, found]),
        )
    elif found:
        line = replace(line, new=like(found), is_agreed=True, is_required=True, reason="other_purpose")
    else:
        line = replace(line, new=guess_question(text), is_agreed=True, is_required=True)
    return replace(draft, lines=(*draft.lines, line))


def _of(said: Said, name: str, default: str = "") -> str:
    return said.get(name, default)


def _free_id(lines: Iterable[Line]) -> str:
    used = {line.id for line in lines}
    return next(f"n{number}" for number in range(1, 10_000) if f"n{number}" not in used)


def _line(line: Line, said: Said, known: Questions, *, yes: set[str], required: set[str]) -> Line:
    if line.kind in FIXED or f"as-{line.id}" not in said:
        return line
    wanted = _of(said, f"as-{line.id}")
    condition = " ".join(_of(said, f"if-{line.id}").split())[:LONGEST_CONDITION]
    line = replace(line, is_required=line.id in required, show_if=condition)
    if wanted == "":
        return line if line.kind != ASK else replace(line, kind=LEFT, reason="said", is_agreed=False)
    if wanted in known:
        return replace(line, kind=ASK, question=wanted, reason="")
    new = _new(line, said)
    if subject := refused_subject(new.label) or refused_choices(label for _code, label, _en in new.choices):
        return replace(line, kind=REFUSED, reason=subject, new=None, is_agreed=False)
    was_asked_new = line.kind == ASK and not line.question
    # Who turns a column into a new question by hand has said yes to it.
    return replace(
        line,
        kind=ASK,
        question="",
        new=new,
        is_agreed=line.id in yes or not was_asked_new,
        reason=line.reason if line.reason == "other_purpose" else "",
    )


def _new(line: Line, said: Said) -> NewQuestion:
    old = line.new or guess_question(line.header.replace(".", ""))
    if f"label-{line.id}" not in said:
        return old
    type_ = _among(_of(said, f"type-{line.id}"), TYPES, old.type)
    low, high = _bound(said, f"low-{line.id}"), _bound(said, f"high-{line.id}")
    if type_ not in ("integer", "decimal"):
        low = high = None
    return replace(
        old,
        label=_of(said, f"label-{line.id}").strip()[:LONGEST_LABEL] or old.label,
        type=type_,
        about=_among(_of(said, f"about-{line.id}"), ABOUT, old.about),
        privacy=_among(_of(said, f"privacy-{line.id}"), PRIVACY, old.privacy),
        choices=choices_said(_of(said, f"choices-{line.id}"), old) if type_ in ("choice", "choices") else (),
        low=low,
        high=high,
    )


def choices_said(text: str, old: NewQuestion) -> tuple[tuple[str, str, str], ...]:
    """自住、出租、空置: options that were there keep their codes, so that conditions go on meaning them."""
    known = {label: (code, label, english) for code, label, english in old.choices}
    used = {code for code, _label, _english in old.choices}
    made: dict[str, tuple[str, str, str]] = {}
    for part in (
        text.replace("，", "、").replace(",", "、").replace("；", "、").replace("\n", "、").split("、")
    ):
        label = part.strip()[:60]
        if not label or label in made:
            continue
        if label in known:
            made[label] = known[label]
            continue
        code = next(f"c{number}" for number in range(1, 1000) if f"c{number}" not in used)
        used.add(code)
        made[label] = (code, label, label)
    return tuple(made.values())[:MOST_CHOICES]


def _among(said: str, allowed: Iterable[str], default: str) -> str:
    return said if said in allowed else default


def _bound(said: Said, name: str) -> float | None:
    try:
        found = float(_of(said, name))
    except ValueError:
        return None
    return found if abs(found) < 1e12 else None


def _for_purpose(line: Line, purpose: str, known: Questions) -> Line:
    """Another purpose: a question that does not serve it becomes one of this form's own, to be agreed to."""
    found = known.get(line.question)
    if line.kind != ASK or found is None or not purpose or purpose in found.purposes:
        return line
    return replace(line, question="", new=like(found), is_agreed=False, reason="other_purpose")


def _moved(draft: Draft, do: str) -> Draft:
    """up:n3, down:n3: past the next line that is asked."""
    step, _sep, id_ = do.partition(":")
    if step not in ("up", "down"):
        return draft
    lines = list(draft.lines)
    at = next((n for n, line in enumerate(lines) if line.id == id_), None)
    if at is None:
        return draft
    way = -1 if step == "up" else 1
    to = at + way
    while 0 <= to < len(lines) and lines[to].kind != ASK:
        to += way
    if 0 <= to < len(lines):
        lines.insert(to, lines.pop(at))
    return replace(draft, lines=tuple(lines))
