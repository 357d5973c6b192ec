"""Why a row is where it is: stored as codes with values, put into words for whoever reads them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

WORDS: Mapping[str, Any] = {
    "same_row": _("本名单里重复，见第{row}行"),
    "same_person": _("与本名单第{row}行是同一个人"),
    "other_list": _("“{title}”里已有"),
    "other_list_person": _("“{title}”里已有同一个人"),
    "checked_on_list": _("{month}月{day}日名单{number}上已答"),
    "checked_at_door": _("{month}月{day}日上门见到"),
    "checked_by_phone": _("{month}月{day}日电话核实"),
    "checked_on_record": _("{month}月{day}日已登记"),
    "past_period": _("到名单所说的日子已过{passed}天，方案只管{days}天"),
    "watched": _("已在管"),
    "left_register": _("底册里已迁出或注销"),
    "address_elsewhere": _("地址在{place}"),
    "looks_like": _("像是底册里的人，要人来定"),
    "several_unplaced": _("底册里有几个人都像，地址也分不下去"),
    "nobody_unplaced": _("底册里没有找到，地址也分不下去"),
    "number_from": _("号码归属地是{place}，先问那里"),
    "by_home": _("底册里有这个人，按住处派发"),
    "several_in_one_place": _("底册里有几个人都像，住在一处"),
    "by_address": _("底册里没有，按地址派发"),
    "by_sender": _("底册里没有，按名单写的乡镇、村派发"),
    "township_only": _("只认到乡镇"),
}


class Reason(NamedTuple):
    """`values`: numbers, days and names of places and lists; never a value of the person."""

    code: str
    values: Mapping[str, str | int] = {}


def words_of(reasons: Iterable[tuple[str, Mapping[str, str | int]]]) -> str:
    """In the reader's language; `reasons` as they are or as they were stored."""
    return gettext("；").join(str(WORDS[code]).format(**values) for code, values in reasons)


def stored(reasons: Iterable[Reason]) -> str:
    """JSON: [[code, values]]."""
    return json.dumps([(code, dict(values)) for code, values in reasons], ensure_ascii=False)
