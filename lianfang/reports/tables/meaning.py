"""What a column of a template may mean, and what Lianfang has to offer for it."""

from __future__ import annotations

from dataclasses import dataclass

from lianfang.questions.rules import QuestionDefinition

KINDS = ("place", "number", "figure", "question", "register", "formula", "text", "unknown")


@dataclass(frozen=True, slots=True)
class Meaning:
    """
    place      key: county, township, village, group, grid, estate, code (of the row's area), path (all of it),
               answers (name of who answers for the row's area)
    number     序号
    figure     key of the catalogue; span: today, total or ""
    question   key of the dictionary; measure: value (rows of persons or households), sum, count, share;
               choice: the code that is counted ("true" of a boolean, "2" or "3-" (and more) of a number, "" = everybody
               who answered); span
    register   measure value; key: name, id_number, phone, sex, age, birth_on, relation, head_name, head_phone,
               head_id_number, door (address), present_place, registered_place, household_reference, visited_on …
               (fields of register/field_words.py); household_count and people_count for one household too.
               measure count; key: household_count, people_count, or a field that is counted by `choice`:
               sex male|female, age "60-" "3-6" "-17" (years, both ends in), is_living_here true|false,
               is_registered_here true|false, is_here_tonight true|false
    formula    text: "" = the template's own; "sum:2,3" or "quotient:3,2" = of the columns at these places of
               `TemplateSheet.columns` (from 0; a quotient is a share of the sum of all behind the first, written as the cell's format wants it)
    text       text: the same words in every row
    unknown    text: the label that a question for it would have, "" where no question could give it
    """

    kind: str
    key: str = ""
    span: str = ""
    measure: str = ""
    choice: str = ""
    text: str = ""


UNKNOWN = Meaning("unknown")


@dataclass(frozen=True, slots=True)
class Proposal:
    """`column` is the place in `TemplateSheet.columns`, from 0. `confidence` from 0 to 1; below 0.6 it is unknown, and
    what it might be stands in `others`. `why` says in Chinese what speaks for it, or what is missing."""

    column: int
    meaning: Meaning
    confidence: float
    others: tuple[Meaning, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueFigure:
    """A figure as people call it: the first name is its own, the others are synonyms. `spans`: which of today and
    total it can give; empty when it is one number that knows no span."""

    key: str
    names: tuple[str, ...]
    spans: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    figures: tuple[CatalogueFigure, ...] = ()
    questions: tuple[QuestionDefinition, ...] = ()
    villages: frozenset[str] = frozenset()  # names that rows may carry, townships too: 杨梅村, 司马冲镇
