"""见到情况 as it is typed and written: a digit, a letter, a word, or what somebody wrote on paper. Pure.

A house-level outcome (无人应门, 空置) stands in the same column: whoever fills a sheet by hand writes it there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lianfang.register.rules import text

PRESENCE, OUTCOME, ALL_HOME = "presence", "outcome", "all_home"

# The keys of the visit page, in the order of a night's work. Words: the first is the one that is shown.
PRESENCES: dict[str, tuple[str, str]] = {
    "seen": (
        "1",
        "见到 见 在家 在 见面 已见 已见到 见到了 见到本人 本人 当面 本人在家 在家见到 已见面 在村 在村里 √ ✓ ✔ ☑ ✅ ∨ v V 是 J j Y y yes",
    ),
    "answered_for": ("2", "代答 代 家属代 家人代 代报 家属代答 家人代答 他人代答 由家人代答 代为回答 d D"),
    "away": (
        "3",
        "外出 外 在外 外地 在外地 已外出 外出了 外出务工 外出打工 务工 打工 在外务工 在外打工 务工在外 出差 上学 读书 住校 当兵 住院 w W",
    ),
    "refused": ("4", "拒绝 拒 拒访 本人拒绝 拒答 不配合 拒绝回答 拒不配合"),
    "not_met": ("5", "未见到 未见 没见到 没见 没见着 未遇 未遇到 不在 不在家 没在家 未在家 没看到 × ✗ ✘ ✕ ☒ X x 否 N n no"),
    "moved": ("6", "搬走 搬 已搬走 搬走了 搬家 迁出 已迁出 迁走 已搬 搬离 已搬离 搬迁 搬出"),
    "dead": ("7", "去世 死亡 已故 亡 过世 病故 已去世 已死亡 身故 已过世 死 逝世"),
}  # fmt: skip
# `refused` alone is of the person in whose row it stands; of the whole house it takes more words.
OUTCOMES: dict[str, tuple[str, str]] = {
    "nobody_home": (
        "0",
        "无人应门 没人应门 无人 没人 无人在家 家中无人 家里没人 没人在家 敲门无人 无人应答 无人开门 没人开门 无人应",
    ),
    "no_answer": ("", "电话未接 未接 未接电话 无人接听 电话无人接听 电话不通 打不通 关机 停机 空号"),
    "absent": ("", "全家外出 举家外出 全家在外 全户外出 全家务工 举家务工 全家外出务工 整户外出"),
    "refused": ("", "全家拒绝 拒绝开门 拒不开门 不开门 整户拒绝 全户拒绝"),
    "no_access": ("", "进不去 锁门 门锁 铁将军把门 大门锁着 门锁着 进不了 无法进入 无法入户"),
    "moved_away": ("", "全家搬走 整户搬走 全户搬走 全家搬迁 全家迁出 整户迁出 举家搬迁 全家已搬走"),
    "vacant": ("", "空置 空房 空户 空 闲置 无人居住 没人住 无人住 空置房 空关"),
    "demolished": ("", "已拆除 拆除 拆 拆迁 已拆 已拆迁 房屋拆除"),
    "duplicate": ("", "重复登记 重复 重复户 重户"),
}
_ALL_HOME = (
    "全家在家 全在家 全家 全在 都在 都在家 全见 全见到 全家见到 全部见到 全家都在 全家均在 均在家 全 a A"
)
WORDS_OF_PRESENCE = {code: words.split()[0] for code, (_, words) in PRESENCES.items()}
WORDS_OF_OUTCOME = {code: words.split()[0] for code, (_, words) in OUTCOMES.items()}
ALL_HOME_WORD = "全家在家"
_MEANS: dict[str, tuple[str, str]] = {
    **{word: (OUTCOME, code) for code, (key, words) in OUTCOMES.items() for word in (key, *words.split()) if word},
    **{word: (PRESENCE, code) for code, (key, words) in PRESENCES.items() for word in (key, *words.split())},
    **dict.fromkeys(_ALL_HOME.split(), (ALL_HOME, "")),
}  # fmt: skip
_TICKS = frozenset("1YyJVvNnXx")
KEYS = {key: code for codes in (PRESENCES, OUTCOMES) for code, (key, _) in codes.items() if key}

_PURPOSE = r"(?:务工|打工|上班|工作|上学|读书|经商|做工|做生意|当兵|服役|住院|出差|陪读|带孙子|走亲戚|旅游)"
_AWAY = (
    re.compile(rf"(?:已|现|目前|长期|常年)?(?:外出|在外地?|出外|外地)(?:{_PURPOSE})?(?:在|到|去|至|赴)?[(（:：,，、]*(?P<place>[^)）]+)[)）]?"),
    re.compile(rf"(?:现|目前|长期|常年)?(?:在|去了?|到|赴|往)(?P<place>.+?){_PURPOSE}[了中]?"),
    re.compile(rf"(?P<place>.{{2,}}?){_PURPOSE}[了中]?"),
    re.compile(r"(?:去了|去|赴|人在|现在|目前在)(?P<place>.{2,})"),
)  # fmt: skip
_REST = re.compile(rf"^{_PURPOSE}$|^(?:在|了|未归|未回|中|[,，。.、])*$")


@dataclass(frozen=True, slots=True)
class Said:
    """`kind`: of the person, of the whole house, or everybody of the house at home. `place`: where somebody is."""

    kind: str
    code: str
    place: str = ""

    @property
    def word(self) -> str:
        if self.kind == OUTCOME:
            return WORDS_OF_OUTCOME[self.code]
        return WORDS_OF_PRESENCE[self.code] if self.kind == PRESENCE else ALL_HOME_WORD


def read_presence(cell: str, *, is_coded: bool = False) -> Said | None:
    """None for an empty cell and for what cannot be read; the caller tells them apart. `is_coded`: digits and letters
    are the keys of our own pages; in a sheet of somebody else's, 1 and Y are ticks and 2 may mean anything."""
    plain = text(cell).strip("。.，, ")
    squeezed = plain.replace(" ", "")
    if len(squeezed) == 1 and squeezed.isascii() and not is_coded and squeezed not in _TICKS:
        return None
    if known := _MEANS.get(squeezed):
        return Said(*known)
    for pattern in _AWAY:
        if match := pattern.fullmatch(plain):
            place = match["place"].strip("()（）:：,，、。 ")
            return Said(PRESENCE, "away", "" if _REST.match(place) else place)
    if match := re.fullmatch(
        r"(?P<word>.+?)[(（].*[)）]", squeezed
    ):  # 代答（儿子）: the word itself is plain
        known = _MEANS.get(match["word"])
        return Said(*known) if known else None
    return None
