"""What can be wrong with a cell, in words: what it is, and what to do. The texts never repeat who it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from lianfang.core.problems import N_

# code → (what is wrong, what to do about it)
WORDS: Mapping[str, tuple[str, str]] = {
    "presence": (
        N_("“{text}”看不出见到没有"),
        N_("写见到、代答、外出、拒绝、未见到、搬走、去世，或1到7；整户没见到写无人应门、空置等"),
    ),
    "no_presence": (N_("写了内容，没写见到没有"), N_("在“见到情况”里补上")),
    "both_ways": (N_("这一户又写见到了人，又写整户没见到"), N_("两样只留一样")),
    "nothing": (N_("只有备注，没写见到谁，也没写为什么没见到"), N_("在“见到情况”里补上，或清掉备注")),
    "away_place": (N_("外出的人没写在哪里"), N_("在“外出地”里写到县市，如东莞")),
    "not_there": (N_("这个人没见到也没人代答，却写了回答"), N_("清掉回答，或把情况改成见到、代答")),
    "place_of_present": (N_("写了外出地，情况却不是外出"), N_("把情况改成外出，或清掉外出地")),
    "answer": (N_("“{text}”不能这样填：{detail}"), N_("{remedy}")),
    "not_asked": (N_("这一格现在不问"), N_("清掉就行")),
    "date": (N_("“{text}”不是看得懂的日期"), N_("写0820、8月20日、2026-08-20；说不准就空着，原话写进备注")),
    "date_zero": (N_("“{text}”可能是1日、2日、3日，也可能是10日、20日、30日"), N_("写成8月1日、8月10日这样")),
    "lunar": (N_("“{text}”是农历"), N_("请写公历日期")),
    "time": (N_("“{text}”不是看得懂的时间"), N_("写2105、9点半、昨天1940、8月6日19:40")),
    "future": (N_("“{text}”还没到"), N_("上门时间不能晚于现在，请核对")),
    "worker": (N_("“{text}”不在可选的人里面"), N_("写全名；不在名单里的，先到“值班与人员”里加")),
    "worker_twice": (N_("叫“{text}”的有几个人"), N_("请在上面的“谁上的门”里选")),
    "relation": (N_("“{text}”不是认得的关系"), N_("写户主、配偶、子女、孙辈、父母、租客、其他")),
    "sex": (N_("“{text}”不是男或女"), N_("写男或女")),
    "name": (N_("“{text}”不像一个人的姓名"), N_("一行写一个人的全名")),
    "no_name": (N_("新增的人没写姓名"), N_("写上姓名，或清掉这一行")),
    "ditto_first": (N_("写了同上，上面却没有内容"), N_("请写出内容")),
    "ditto_name": (N_("姓名不能写同上"), N_("请写出姓名")),
    "no_last": (N_("上轮没有这一项"), N_("请照实填写")),
    "last_over": (N_("上轮说{date}回来，已经过了"), N_("人还在外面就写新的日期，回来了就改成见到")),
    "two_values": (N_("同一户这一项写了两样"), N_("只留对的一样")),
    "too_long": (N_("太长，最多{count}个字"), N_("请写短一些")),
    # of whole rows
    "who": (N_("看不出这一行是谁"), N_("补上姓名，或点选这一行该放到哪里")),
    "not_listed": (N_("名单里没有这个人"), N_("按Enter作为新增成员放到一户，或核对姓名")),
    "not_of_door": (N_("这一户没有这个人"), N_("按Enter作为这一户的新增成员，或核对门和姓名")),
    "namesakes": (N_("同名的有{count}个，看不出是哪一个"), N_("按Enter在候选里选，或补上门牌")),
    "door_differs": (N_("门和姓名对不上"), N_("核对门牌；确实是候选里的人，按Enter选")),
    "door_unknown": (N_("名单里没有这个门"), N_("核对门牌；门牌写错的，写明该放到哪一户")),
    "elsewhere": (N_("这一行的户号、人号不是这里的"), N_("到印这张走访单的村、组去交；这里不能收")),
    "twice": (N_("这个人前面已有一行，内容不一样"), N_("核对后留一行")),
    "taken": (N_("这个人在单子上已经填了别的内容"), N_("核对后留一样")),
    "row_differs": (N_("这一行写的姓名和光标所在的行不是一个人"), N_("带上表头再粘贴，会按姓名对")),
    "past_end": (N_("超出了单子的最后一行"), N_("带上表头再粘贴，会按姓名对")),
    # of whole columns
    "column_unknown": (N_("“{text}”这一列不认识，没有收"), N_("要收的话，把表头改成单子上的名称再粘贴")),
    "column_like": (N_("“{text}”这一列不认识，没有收"), N_("说的要是“{like}”，把表头改成这个名称再粘贴")),
    "column_refused": (N_("“{text}”这一列不能收集，没有收"), N_("请从表里删掉这一列")),
    "column_twice": (N_("“{text}”和前面一列说的是同一项，没有收"), N_("只留一列")),
    "no_header": (N_("没有表头，看不出这一列是什么"), N_("把表头那一行一起复制")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellFault:
    """`row` and `column` are where the reader's caller counts: places in a pasted block from 1 (row 0: the whole
    column, column 0: the whole row), or the keys of a row and a column of the sheet."""

    row: int | str
    column: int | str
    code: str
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        return _(WORDS[self.code][0]).format(**self.payload)

    @property
    def remedy(self) -> str:
        return _(WORDS[self.code][1]).format(**self.payload)

    def at(self, row: int | str, column: int | str) -> CellFault:
        return replace(self, row=row, column=column)
