"""A form as the phone will show it: its questions by whom they are about, those that are open, and what was tapped. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lianfang.questions.drafting import Draft
from lianfang.questions.rules import FormDefinition, Item, QuestionDefinition, shown

PREFIX = "a-"
FEW = 4  # counts up to here are one tap
MORE = "more"


@dataclass(frozen=True)
class PhoneItem:
    """One question on the screen. `chosen` holds what was tapped, as texts."""

    question: QuestionDefinition
    is_required: bool
    is_open: bool
    chosen: tuple[str, ...]

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """As phone/src/screens/door/Answer.vue has them: what differs here would be found out at a door."""
        if self.question.type == "boolean":
            label = self.question.label
            has = not label.startswith("是否") and "有" in label
            return (
                (("false", _("没有")), ("true", _("有"))) if has else (("false", _("否")), ("true", _("是")))
            )
        if self.question.type == "integer" and (counts := self._counts):
            is_all = self.question.high is not None and self.question.high <= FEW + counts[0]
            return (*((str(one), str(one)) for one in counts), *(() if is_all else ((MORE, _("更多")),)))
        return self.question.choices

    @property
    def _counts(self) -> list[int]:
        """Small counts are one tap each."""
        low, high = max(int(self.question.low or 0), 0), self.question.high
        return [] if low > 1 else [one for one in range(low, low + FEW + 1) if high is None or one <= high]

    @property
    def shows_input(self) -> bool:
        """A number is typed where it is not tapped."""
        return self.question.type == "decimal" or (
            self.question.type == "integer" and (not self.options or MORE in self.chosen)
        )

    @property
    def typed(self) -> str:
        return next((text for text in reversed(self.chosen) if text != MORE), "")

    @property
    def is_short(self) -> bool:
        """Fits side by side on a screen of 360: a few words each."""
        return len(self.options) <= 4 and sum(len(label) + 2 for _code, label in self.options) <= 18


def items_of_draft(draft: Draft, known: Mapping[str, QuestionDefinition]) -> list[Item]:
    found = []
    for line in draft.asked:
        question = known.get(line.question) or (line.new and definition_of(line.id, line.new, draft.purpose))
        if question:
            found.append(Item(question, line.is_required, line.show_if, line.require_if))
    return found


def definition_of(id_: str, new: Any, purpose: str) -> QuestionDefinition:
    return QuestionDefinition(
        key=id_,
        about=new.about,
        type=new.type,
        label=new.label,
        privacy=new.privacy,
        choices=tuple((code, label) for code, label, _english in new.choices),
        low=new.low,
        high=new.high,
        fresh_hours=new.fresh_hours,
        proxy_allowed=new.proxy_allowed,
        purposes=(purpose,),
        unit=new.unit,
    )


def screen(items: Sequence[Item], said: Mapping[str, Sequence[str]]) -> dict[str, list[PhoneItem]]:
    """household and person → their questions. `said`: key → texts tapped."""
    form = FormDefinition("preview", 1, "", "", True, tuple(items))
    answers = {item.question.key: answer_of(item.question, said.get(item.question.key, ())) for item in items}
    found: dict[str, list[PhoneItem]] = {}
    for subject in ("household", "person"):
        own = {item.question.key: answers[item.question.key] for item in form.about(subject)}
        put = set(shown(form, subject, own))
        found[subject] = [
            PhoneItem(
                item.question,
                item.is_required,
                item.question.key in put,
                tuple(said.get(item.question.key, ())),
            )
            for item in form.about(subject)
        ]
    return found


def answer_of(question: QuestionDefinition, texts: Sequence[str]) -> Any:
    """What was tapped, as the answer that conditions read; None when it is none."""
    said = [text for text in texts if text.strip()]
    if MORE in said and question.type == "integer":
        said = [text for text in reversed(said) if text != MORE]
    if not said:
        return None
    match question.type:
        case "boolean":
            return {"true": True, "false": False}.get(said[0])
        case "integer" | "decimal":
            try:
                return int(said[0]) if question.type == "integer" else float(said[0])
            except ValueError:
                return None
        case "choices":
            return said
    return said[0]
