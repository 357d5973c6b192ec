"""A form that is being made, line by line. Pure values.

A line is one column of a table, one row of an XLSForm, or one question chosen at the desk. Conditions name a question
of the dictionary by its key and a new one by the id of its line (n3); the key takes its place when the form is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

TYPES = ("boolean", "integer", "decimal", "date", "choice", "choices", "text")
ABOUT = ("household", "person")
PRIVACY = ("plain", "personal", "sensitive")
# What becomes of a line: asked; known already; worked out; not allowed; left out by a person; cannot be taken.
ASK, REGISTER, DERIVED, REFUSED, LEFT, UNTAKEN = "ask", "register", "derived", "refused", "left", "untaken"
KINDS = (ASK, REGISTER, DERIVED, REFUSED, LEFT, UNTAKEN)
LONGEST_LABEL = 60
_NONE = frozenset(
    ["无", "没有", "都没有", "均无", "以上都没有", "以上均无", "不需要", "None", "none"]
)  # stands alone
LONGEST_TITLE = 60
MOST_CHOICES = 60


def words(line: str) -> frozenset[str]:
    return frozenset(line.split())


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question that the dictionary does not have yet. `choices`: (code, Chinese, English)."""

    label: str
    about: str = "household"
    type: str = "text"
    privacy: str = "sensitive"
    choices: tuple[tuple[str, str, str], ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    label_en: str = ""
    fresh_hours: int = 72
    proxy_allowed: bool = True

    def definition(self, key: str, purpose: str, header: str = "") -> dict[str, Any]:
        """As an entry of contract/questions.json. It serves the purpose of its form and no other."""
        made: dict[str, Any] = {
            "key": key,
            "version": 1,
            "about": self.about,
            "type": self.type,
            "privacy": self.privacy,
            "label": {"zh-Hans": self.label} | ({"en": self.label_en} if self.label_en else {}),
            "purposes": [purpose],
            "fresh_hours": self.fresh_hours,
            "proxy_allowed": self.proxy_allowed,
        }
        if self.type in ("choice", "choices"):
            made["choices"] = [[code, zh, en or zh] for code, zh, en in self.choices]
        alone = [code for code, zh, _en in self.choices if zh.strip() in _NONE]
        if self.type == "choices" and 0 < len(alone) < len(self.choices):
            made["exclusive"] = alone
        if self.type in ("integer", "decimal"):
            if self.low is not None or self.high is not None:
                made["range"] = [_number(self.low), _number(self.high)]
            if self.unit:
                made["unit"] = self.unit
        names = (name.strip()[:LONGEST_LABEL] for name in (header, self.label))
        made["headers"] = [name for name in dict.fromkeys(names) if name]
        return made


@dataclass(frozen=True, slots=True)
class Line:
    """`cell` is where it stood in the file (C3). `question` is a key of the dictionary, "" for a new one. `reason`
    says why it is not asked, as a code of campaigns/forms/words.py or, of a row that cannot be taken, in words."""

    id: str
    header: str
    cell: str = ""
    samples: tuple[str, ...] = ()
    kind: str = ASK
    reason: str = ""
    question: str = ""
    new: NewQuestion | None = None
    is_agreed: bool = False
    is_required: bool = False
    show_if: str = ""
    require_if: str = ""

    @property
    def name(self) -> str:
        """What conditions call it."""
        return self.question or self.id

    @property
    def is_asked(self) -> bool:
        return self.kind == ASK and bool(self.question or (self.new and self.is_agreed))

    @property
    def waits(self) -> bool:
        """A new question that nobody said yes to."""
        return self.kind == ASK and not self.question and not self.is_agreed


@dataclass(frozen=True, slots=True)
class Finding:
    """What could not be taken as it stood: where, why, and what to do."""

    sheet: str
    cell: str
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Draft:
    """`source`: table, pasted, xlsform, desk, version. `based_on`: the form of which this is the next version."""

    title: str
    purpose: str = ""
    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    proxy_allowed: bool = True
    source: str = "desk"
    file: str = ""
    based_on: tuple[str, int] | None = None
    title_en: str = ""

    @property
    def asked(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_asked)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Draft:
        lines = tuple(_line_of(each) for each in raw["lines"])
        findings = tuple(Finding(**each) for each in raw["findings"])
        based_on = raw.get("based_on")
        rest = {**raw, "based_on": (based_on[0], based_on[1]) if based_on else None}
        return cls(**{**rest, "lines": lines, "findings": findings})

    def definition(self, versions: Mapping[str, int]) -> dict[str, Any]:
        """The form without its key and version, as contract/forms has it; new questions under the ids of their
        lines. `versions`: key → the newest version."""
        items = []
        for line in self.asked:
            item: dict[str, Any] = {
                "question": line.name,
                "version": versions.get(line.name, 1),
                "required": line.is_required,
            }
            for name, condition in (("show_if", line.show_if), ("require_if", line.require_if)):
                if condition.strip():
                    item[name] = condition.strip()
            items.append(item)
        return {
            "title": {"zh-Hans": self.title.strip()} | ({"en": self.title_en} if self.title_en else {}),
            "purpose": self.purpose,
            "proxy_allowed": self.proxy_allowed,
            "items": items,
        }

    def new_questions(self) -> dict[str, dict[str, Any]]:
        """Id of a line → the definition of its new question, under that id as its key."""
        return {
            line.id: line.new.definition(line.id, self.purpose, line.header)
            for line in self.asked
            if not line.question and line.new
        }

    def without_samples(self) -> Draft:
        return replace(self, lines=tuple(replace(line, samples=()) for line in self.lines))


def _line_of(raw: Mapping[str, Any]) -> Line:
    new = raw.get("new")
    made = NewQuestion(**{**new, "choices": tuple(tuple(each) for each in new["choices"])}) if new else None
    return Line(**{**raw, "samples": tuple(raw["samples"]), "new": made})


def _number(value: float | None) -> int | float | None:
    return int(value) if value is not None and float(value).is_integer() else value


_PART = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<![\w.])[A-Za-z_]\w*""")


def renamed(condition: str, names: Mapping[str, str]) -> str:
    """The condition with other names for its questions; what stands in quotes stays as it is."""
    return _PART.sub(lambda found: names.get(found[0], found[0]), condition)


def names_in(condition: str) -> set[str]:
    """Every word of a condition outside of quotes: among them the questions that it names."""
    return {part for part in _PART.findall(condition) if part[0] not in "'\""}
