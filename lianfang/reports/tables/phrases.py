"""The words of a header made comparable: its span taken off, its fillings dropped, one word for one thing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lianfang.register.columns.headers import field_of_path, plain_header

_TODAY = (
    "[Tt]oday|今日|当日|本日|今天|当天|日新增|今日新增|当日新增|本日新增|新增|日报数|本日数|当日数|今日数"
)
_TOTAL = "[Tt]o ?date|[Ss]o ?far|[Cc]umulative|累计|累积|截至目前|截止目前|截至今日|总计数|累计数|本轮|本轮累计|累计总数|历史累计|至今"
_OTHER = "本期|报告期|昨日|昨天|本周|上周|本月|上月|当月|本年|今年|上年|去年|上期|同期|本季度|年度|上报期|同比|环比|较昨日|比昨日|增减"
_SPANS = (
    ("other", re.compile(rf"^(?:{_OTHER})|[(](?:{_OTHER})[)]$|^(?:{_OTHER})$")),
    ("today", re.compile(rf"^(?:{_TODAY})|[(]?(?:{_TODAY})[)]?$")),
    ("total", re.compile(rf"^(?:{_TOTAL})|[(]?(?:{_TOTAL})[)]?$")),
)
_SIGNS = re.compile(r"[\s*＊※:、,。.;'\"“”?!+|·_-]+")
_BRACKETS = re.compile(r"[(\[【<《].*?[)\]】>》]")
_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.]|\(?[一二三四五六七八九十\d]{1,2}\)|\d{1,2}[.、](?!\d)|[①-⑳])"
)
_FILLING = re.compile(
    r"^(?:其中:?|含:?|发现|现有|目前|辖区内?|区域内|全村|本村|本辖区|本单位|全镇|共有?|实际|应当|当前|现)+"
)
_EMPTY = re.compile(r"情况|工作|统计|(?<=.)登记")
# One word for what is called by several.
_SAME = (
    (re.compile(r"敲不开门|敲门不应|无人应答"), "无人应门"),
    (re.compile(r"入户(?:排查|摸排|走访|核查)|上门(?:排查|摸排|走访|核查)|敲门(?:行动|排查)?|走访排查|排查走访|摸底排查|摸排|摸底|排摸|走访"), "排查"),
    (re.compile(r"人员数量|人员数|人员总数|人数量|人员人数|总人数"), "人数"),
    (re.compile(r"户数量|家庭户数|家庭数|总户数|农户数"), "户数"),
    (re.compile(r"数量|总数|个数"), "数"),
    (re.compile(r"外来返回|返乡|返回|回乡|来返|回来|返村|返岗返乡"), "返"),
    (re.compile(r"覆盖率|完成率|排查率|入户率|(?:完成|排查|覆盖)比例|进度"), "率"),
    (re.compile(r"核酸检测|核酸采样"), "核酸"),
    (re.compile(r"房屋|住房|住宅"), "房"),
    (re.compile(r"慢性病"), "慢病"),
    (re.compile(r"(?:送|配送|代购|代买|购买|买|购)(?:药品?|药物)"), "药品"),
    (re.compile(r"(?:送|配送|代购|代买|购买)(?=生活物资|药品)"), ""),
    (re.compile(r"几剂次?|剂次数?|剂数|几针|针次|针剂次?数?|接种次数"), "剂次"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """`core`: what is meant, without span, brackets and numbering. `groups`: of the parts above, the same."""

    core: str
    groups: tuple[str, ...]
    span: str  # today, total, other, ""
    hint: str  # what stood in brackets

    @property
    def whole(self) -> str:
        return "".join((*self.groups, self.core))


def phrase_of(path: tuple[str, ...]) -> Phrase:
    span, parts, hints = "", [], []
    for part in path:
        hints += [text.strip("()[]【】") for text in _BRACKETS.findall(part)]
        found, rest = _span_of(bare(part) or _SIGNS.sub("", part))
        if found and span != "other":
            span = found
        if rest and _FILLING.sub("", rest):  # 其中：今日 is a span of what stands above it
            parts.append(rest)
    core = parts[-1] if parts else ""
    return Phrase(core, tuple(parts[:-1]), span, "、".join(hints))


def label_of(path: tuple[str, ...]) -> str:
    """What a question for a column would be called: its words without 今日, 累计 and 其中."""
    parts = [_FILLING.sub("", _span_of(_NUMBERING.sub("", part))[1]).strip(":") for part in path]
    return "".join(part for part in parts if part) or path[-1]


def bare(text: str) -> str:
    """Without brackets, signs and a number before it."""
    plain = unicodedata.normalize("NFKC", text)
    return _SIGNS.sub("", _BRACKETS.sub("", _NUMBERING.sub("", plain)))


def _span_of(text: str) -> tuple[str, str]:
    for name, pattern in _SPANS:
        match = pattern.search(text)
        if match:
            rest = text[: match.start()] + text[match.end() :]
            again, rest = _span_of(rest) if rest and rest != text else ("", rest)
            return name if name == "other" else again or name, "" if rest in ("数", "情况") else rest
    return "", text


def same(text: str) -> str:
    """Folded so that 入户摸排户数 and 排查户数 are equal."""
    plain = _FILLING.sub("", bare(text)).lower()
    for pattern, word in _SAME:
        plain = pattern.sub(word, plain)
    return _EMPTY.sub("", plain) or plain


# Who works there, not who lives there.
OFFICER = re.compile(
    r"书记|支书|主任|村长|镇长|乡长|社长|片长|楼[栋幢]?长|街长|路长|站长|所长|院长|园长|校长|局长|领导|包[村保联户组片抓挂]|驻村|"
    r"网格[员长]|负责人|责任人|干部|村医|家庭医生|民警|辅警|志愿者|党员联户|联户长|专干"
)
_KIN = re.compile(r"家属|亲友|子女|儿女|儿子|女儿|爱人|陪护|护理人|同行|同住")
_PLACE_WORDS = (
    ("village", re.compile(r"(?:所[属在]|各)?(?:行政)?(?:村|社区|村居|居委会|村社)(?:别|名|名称)")),
    ("township", re.compile(r"(?:所[属在]|各)?(?:乡镇|镇街|街道|乡镇街道|镇|乡)(?:别|名|名称)")),
    ("group", re.compile(r"(?:村民)?小?组(?:别|名)")),
)


def field_of(path: tuple[str, ...]) -> str | None:
    """The field of a register that a header names; None when none, or somebody else's (监护人.姓名, 书记姓名)."""
    if OFFICER.search("".join(path)) or _KIN.search("".join(path)):
        return None
    plain = tuple(said for part in path if (said := plain_header(part)))
    known = field_of_path(plain)
    if known is None and len(plain) == 1:
        return next((field for field, pattern in _PLACE_WORDS if pattern.fullmatch(plain[0])), None)
    return known
