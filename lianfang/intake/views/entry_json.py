"""The clerk's sheet as its script reads it, and what the server answers to it: plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lianfang.campaigns.models.visits import Outcome
from lianfang.core import clock, desk_format
from lianfang.core.problems import Problem
from lianfang.intake.entries import QUESTION, Block, CellFault, DoorReading, UnplacedRow
from lianfang.intake.entries.presence import KEYS, WORDS_OF_OUTCOME, WORDS_OF_PRESENCE
from lianfang.intake.entry_operations import KeptDraft, SavedDoor
from lianfang.intake.entry_queries import EntrySheet, SheetDoor
from lianfang.intake.operations import MOST_OPERATIONS
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.models import Person

# Of rows that are kept: their fault says that the person is in the register, or on the sheet, already.
_KNOWN_ALREADY = ("elsewhere", "twice", "taken", "row_differs")
_COLUMN_WIDTHS = {"boolean": "s", "integer": "s", "decimal": "s", "date": "m", "choice": "m"}


def sheet_json(sheet: EntrySheet, kept: KeptDraft, show: str) -> dict[str, Any]:
    """Columns are what is open somewhere on the list; with all doors shown, what is known as well."""
    is_open = {item.question.key for door in sheet.doors for items in door.open.values() for item in items}
    relations = {value: str(label) for value, label in Person.Relation.choices}
    return {
        "area": sheet.area.code,
        "version": kept.version,
        "draft": kept.content,
        "show": show,
        "owed": sheet.owed_count,
        "columns": _columns([one for one in sheet.questions if show == "all" or one.key in is_open]),
        "doors": [_door_json(door, relations) for door in sheet.doors],
        "seen": WORDS_OF_PRESENCE["seen"],
        "outcomes": list(WORDS_OF_OUTCOME.values()),
        "batch": MOST_OPERATIONS,
        "urls": {what: reverse(f"entry_{what}") for what in ("draft", "paste", "sheet", "file")},
        "words": _words(),
    }


def _columns(questions: Sequence[QuestionDefinition]) -> list[dict[str, Any]]:
    keys = {key: WORDS_OF_PRESENCE.get(code) or WORDS_OF_OUTCOME[code] for key, code in KEYS.items()}
    fixed: list[dict[str, Any]] = [
        {"key": "presence", "label": _("见到情况"), "width": "m", "keys": keys},
        {"key": "place", "label": _("外出地"), "width": "m"},
        {"key": "back", "label": _("何时回"), "width": "m"},
    ]
    asked = [
        {
            "key": QUESTION + question.key,
            "label": question.label,
            "width": _COLUMN_WIDTHS.get(question.type, "l"),
            "about": "door" if question.about == "household" else "person",
            "keys": _keys(question),
            "many": question.type == "choices",  # 24 is the second and the fourth
            "hint": "、".join(f"{at}{label}" for at, (_code, label) in enumerate(question.choices, 1)),
        }
        for question in questions
    ]
    rest: list[dict[str, Any]] = [
        {"key": "note", "label": _("备注"), "width": "l", "about": "door"},
        {"key": "at", "label": _("上门时间"), "width": "m", "about": "door"},
        {"key": "worker", "label": _("谁上的门"), "width": "m", "about": "door"},
        {
            "key": "sex",
            "label": _("性别"),
            "width": "s",
            "about": "new",
            "keys": {"1": _("男"), "2": _("女")},
        },
        {"key": "id_number", "label": _("身份证号"), "width": "l", "about": "new"},
        {"key": "phone", "label": _("电话"), "width": "m", "about": "new"},
    ]
    return [{"about": "person", **column} for column in (*fixed, *asked, *rest)]


def _keys(question: QuestionDefinition) -> dict[str, str]:
    """One key that is the whole answer: digits of a choice, 1 and 0 of yes and no."""
    if question.type == "boolean":
        return {"1": _("是"), "0": _("否")}
    if question.type in ("choice", "choices") and len(question.choices) < 10:
        return {str(at): label for at, (_code, label) in enumerate(question.choices, 1)}
    return {}


def _door_json(door: SheetDoor, relations: Mapping[str, str]) -> dict[str, Any]:
    before = door.before
    told = ""
    if before:
        told = f"{desk_format.night(before.happened_at, clock.now())} {Outcome(before.outcome).label} {before.worker}"
        told = _("，").join(filter(None, (told.strip(), _too_early(door))))
    return {
        "id": door.listed.household_id,
        "where": door.where,
        "state": door.state,
        "told": told.strip(),
        "visit": str(before.visit_id) if before and before.is_this_round else "",
        "unnamed": door.is_unnamed,
        "rows": [
            {
                "who": str(member.person_id),
                "name": member.name,
                "relation": str(relations.get(member.relation, "")),
                "out": member.person_id not in door.in_base,
            }
            for member in door.listed.members
        ],
        "asked": {who: [QUESTION + item.question.key for item in items] for who, items in door.open.items()},
        "known": door.known,
        "last": door.last,
    }


def _words() -> dict[str, str]:
    """What the script says."""
    return {
        "new": _("新增成员"),
        "saved": _("已入账"),
        "held": _("待处理"),
        "lacks": _("还差"),
        "row": _("%(door)s %(name)s"),
        "saving": _("正在存草稿"),
        "kept": _("草稿已存"),
        "lost": _("草稿没存上，连上网会再试，先不要关"),
        "elsewhere": _("这张单子在别的窗口改过，这里的还没有存。按Ctrl+S用这里的盖过去，或刷新看那边的。"),
        "nothing": _("还没有可以入账的户"),
        "filed": _("已入账%(filed)s户，待处理%(held)s户"),
        "stays": _("%(count)s户有红格，没有入账"),
        "pasted": _("粘贴了%(count)s格"),
        "unread": _("%(count)s行没有找到该放哪里，在下面"),
        "place": _("放到这里"),
        "as_new": _("作为新增成员"),
        "dismiss": _("不要这一行"),
        "no_last": _("上轮没有这一项"),
        "correct": _("更正这一次"),
        "correcting": _("这次会更正上一次登记"),
        "again": _("这一户这轮已经登记过，再存是又一次上门；按F6改成更正"),
        "faults": _("%(count)s处要改，按F8逐个看"),
        "good": _("没有红格"),
        "ready": _("%(count)s户可以入账"),
        "open": _("这里还有%(count)s户没落实"),
        "owes": _("%(door)s 存了，还欠：%(what)s"),
        "owes_more": _("还有%(count)s户也存了没落实，仍在单子上"),
        "last": _("上轮：%(text)s（按 = 照抄）"),
        "stop": _("。"),
        "comma": _("，"),
        "colon": _("："),
        "of_others": _("同一份表里别的组、小区的，写到了那边的单子上："),
        "none": _("都不要"),
        "to_door": _("放到哪一户…"),
        "through": _("这里都录完了"),
        "shut": _("这一格不问这个人"),
        "failed": _("没有连上，请稍后再试。打的字都还在。"),
        "undone": _("已撤销"),
        "which": _("放到哪里"),
    }


# Wrong cells show in the sheet; of these the sheet shows nothing.
_TOLD = ("ditto_name", "ditto_first", "no_last", "two_values", "past_end")


def block_json(blocks: Sequence[Block]) -> dict[str, Any]:
    return {
        "cells": [
            [household, who, column, said, column in block.repeated.get(household, {}).get(who, ())]
            for block in blocks
            for household, cells in block.texts.items()
            for who, row in cells.items()
            for column, said in row.items()
        ],
        "kept": [kept_json(row) for block in blocks for row in block.unplaced],
        "told": [
            {"row": fault.row, "column": fault.column, "detail": fault.detail, "remedy": fault.remedy}
            for block in blocks
            for fault in block.faults
            if fault.row == 0 or fault.code in _TOLD
        ],
        "has_header": any(block.has_header for block in blocks),
    }


def read_json(readings: Mapping[int, DoorReading]) -> dict[str, Any]:
    return {
        str(household): {
            "ready": reading.entry is not None,
            "faults": [_fault_json(fault) for fault in reading.faults],
            "shown": reading.shown,
            "lacking": [list(each) for each in reading.lacking],
            "shut": [list(each) for each in reading.shut],
        }
        for household, reading in readings.items()
    }


def _fault_json(fault: CellFault) -> list[str]:
    return [str(fault.row), str(fault.column), fault.detail, fault.remedy]


def kept_json(row: UnplacedRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "cells": list(row.cells),
        "texts": dict(row.texts),
        "name": row.name,
        "door": row.door,
        "detail": row.fault.detail,
        "remedy": row.fault.remedy,
        "candidates": [list(each) for each in row.candidates],
        # Whom the register knows, or who has a row already, is not offered as somebody new.
        "joins": row.fault.code not in _KNOWN_ALREADY,
    }


def lacks_json(door: SheetDoor) -> list[str]:
    """What a door still owes that has just been saved: its name, and each thing with how many people owe it."""
    said = [
        f"{label}{_('%(count)s人') % {'count': count} if count > 1 else ''}" for label, count in door.lacks
    ]
    return [door.where, _("、").join(said) + (_("；") + early if (early := _too_early(door)) else "")]


def _too_early(door: SheetDoor) -> str:
    """Why somebody who was met is asked for again."""
    if not door.before or not door.before.too_early:
        return ""
    name, since = door.before.too_early[-1]
    return _("“%(name)s”%(time)s才开始，那之前见到的不算") % {
        "name": name,
        "time": desk_format.night(since, clock.now()),
    }


def saved_json(each: SavedDoor) -> dict[str, Any]:
    receipt = each.receipt
    told = ""
    if receipt is not None and not each.is_filed:
        told = Problem(receipt.code, **receipt.detail).message if receipt.code else ""
    return {
        "door": each.household_id,
        "status": "filed" if each.is_filed else receipt.status if receipt else "faults",
        "op": str(receipt.op_id) if receipt else "",
        "told": told,
        "faults": [_fault_json(fault) for fault in each.faults],
    }
