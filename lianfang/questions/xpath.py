"""Conditions of an XLSForm (XPath) as CEL, for the shapes that people write. Pure.

${a} = 'x', selected(${a}, 'x'), count-selected(${a}) > 1, comparisons with numbers, and / or / not, ${a} != ''.
Everything else raises: a condition that was guessed would ask the wrong people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

_TOKEN = re.compile(
    r"\s*(?:(?P<name>\$\{\s*[^}]+?\s*\})|(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")|"
    r"(?P<word>[A-Za-z][\w:-]*)|(?P<sign><=|>=|!=|=|<|>|\(|\)|,|\+|-|\*|\.(?!/|\w)))"
)
_QUOTES = str.maketrans("‘’“”＇＂（），＝＞＜", "''\"\"'\"(),=><")
LONGEST = 1000


class NotTaken(ValueError):
    """Why a condition cannot be taken, in words."""


@dataclass(frozen=True, slots=True)
class Named:
    """A question that conditions may name: what CEL calls it, its type, its codes as the file writes them and as they
    are here, and those that mean yes and no."""

    name: str
    type: str
    codes: Mapping[str, str] = field(default_factory=dict)
    yes_no: Mapping[str, bool] = field(default_factory=dict)


def to_cel(expression: str, names: Mapping[str, Named], unknown: Mapping[str, str]) -> str:
    """The condition in CEL. `unknown`: name → why it cannot be used. Raises `NotTaken`."""
    if len(expression) > LONGEST:
        raise NotTaken(_("条件太长"))
    parser = _Parser(_tokens(expression), names, unknown)
    found = parser.either()
    if parser.at < len(parser.tokens):
        raise NotTaken(_("条件里的“%(said)s”不认识") % {"said": parser.tokens[parser.at][1]})
    return _outer(found)


def bounds_of(expression: str) -> tuple[float | None, float | None, bool, bool]:
    """`. >= 0 and . <= 30` → (0, 30, False, False): low, high, and whether each is left out itself. Raises `NotTaken`
    for anything else."""
    low = high = None
    opens_low = opens_high = False
    plain = _outer(expression.translate(_QUOTES).strip())
    for part in re.split(r"\s+and\s+", plain, flags=re.IGNORECASE):
        piece = _outer(part.strip())
        match = re.fullmatch(r"(\.|-?\d+(?:\.\d+)?)\s*(<=|>=|<|>|=)\s*(\.|-?\d+(?:\.\d+)?)", piece)
        if match is None or (match[1] == ".") == (match[3] == "."):
            raise NotTaken(_("只认“. >= 0 and . <= 30”这样的范围"))
        sign = match[2] if match[1] == "." else match[2].translate(str.maketrans("<>", "><"))
        value = float(match[3] if match[1] == "." else match[1])
        if sign in (">", ">=", "="):
            low, opens_low = value, sign == ">"
        if sign in ("<", "<=", "="):
            high, opens_high = value, sign == "<"
    return low, high, opens_low, opens_high


def _outer(text: str) -> str:
    """Without brackets round the whole."""
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        for at, sign in enumerate(text):
            depth += (sign == "(") - (sign == ")")
            if depth == 0 and at < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


def _tokens(expression: str) -> list[tuple[str, str]]:
    text, at, found = expression.translate(_QUOTES).strip(), 0, []
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise NotTaken(_("条件里的“%(said)s”不认识") % {"said": text[at : at + 12].strip()})
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
        while at < len(text) and text[at].isspace():
            at += 1
    return found


class _Parser:
    def __init__(
        self, tokens: list[tuple[str, str]], names: Mapping[str, Named], unknown: Mapping[str, str]
    ) -> None:
        self.tokens, self.names, self.unknown, self.at = tokens, names, unknown, 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def take(self, wanted: str = "") -> tuple[str, str]:
        token = self.peek()
        if not token[0] or (wanted and token[1] != wanted):
            raise NotTaken(_("条件里少了“%(wanted)s”") % {"wanted": wanted} if wanted else _("条件不完整"))
        self.at += 1
        return token

    def either(self) -> str:
        parts = [self.both()]
        while self.peek()[1].lower() == "or" and self.peek()[0] == "word":
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else "(" + " || ".join(parts) + ")"

    def both(self) -> str:
        parts = [self.compared()]
        while self.peek()[1].lower() == "and" and self.peek()[0] == "word":
            self.take()
            parts.append(self.compared())
        return parts[0] if len(parts) == 1 else "(" + " && ".join(parts) + ")"

    def compared(self) -> str:
        kind, said = self.peek()
        if said == "(":
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        if kind == "word" and said.lower() in ("not", "selected", "true", "false", "boolean"):
            return self.function(said.lower())
        return self.comparison()

    def function(self, name: str) -> str:
        self.take()
        self.take("(")
        if name in ("true", "false"):
            self.take(")")
            return name
        if name in ("not", "boolean"):
            inner = self.either()
            self.take(")")
            return f"!({_outer(inner)})" if name == "not" else inner
        about = self.question()
        self.take(",")
        kind, said = self.take()
        if kind not in ("text", "number"):
            raise NotTaken(_("selected 的第二项只认一个选项代码"))
        self.take(")")
        return _is(about, said.strip("'\""), "==")

    def question(self) -> Named:
        kind, said = self.take()
        if kind != "name":
            raise NotTaken(
                _("条件只能写对某一项的要求，如 ${a} = 'x'") if said != "." else _("条件里的“.”不能用")
            )
        name = said[2:-1].strip()
        if name in self.names:
            return self.names[name]
        raise NotTaken(self.unknown.get(name) or _("条件用到的“%(name)s”不在表里") % {"name": name})

    def operand(self) -> tuple[str, Named | str]:
        kind, said = self.peek()
        if kind == "name":
            return "question", self.question()
        if kind == "word" and said.lower() == "count-selected":
            self.take()
            self.take("(")
            about = self.question()
            self.take(")")
            if about.type != "choices":
                raise NotTaken(_("count-selected 只用于多选题"))
            return "count", f"size({about.name})"
        if kind == "word" and said.lower() in ("true", "false"):
            return "flag", self.function(said.lower())
        if kind == "sign" and said == "-":
            self.take()
            return "number", "-" + self.take()[1]
        if kind in ("text", "number"):
            self.take()
            return kind, said.strip("'\"") if kind == "text" else said
        if kind == "word":
            raise NotTaken(_("条件里的“%(said)s()”不能用") % {"said": said})
        raise NotTaken(_("条件里的“%(said)s”不能用") % {"said": said} if said else _("条件不完整"))

    def comparison(self) -> str:
        left_kind, left = self.operand()
        kind, sign = self.peek()
        if kind != "sign" or sign not in ("=", "!=", "<", "<=", ">", ">="):
            raise NotTaken(_("条件要写成比较，如 ${a} = 'x'"))
        self.take()
        right_kind, right = self.operand()
        if right_kind in ("question", "count") and left_kind in ("text", "number", "flag"):
            sign = sign.translate(str.maketrans("<>", "><"))
            left_kind, left, right_kind, right = right_kind, right, left_kind, left
        sign = "==" if sign == "=" else sign
        if left_kind == "count" and right_kind in ("text", "number") and isinstance(right, str):
            return f"{left} {sign} {_whole(right)}"
        if isinstance(left, Named) and isinstance(right, str) and right_kind != "count":
            return _is(left, right, sign)
        if isinstance(left, Named) and isinstance(right, Named) and _comparable(left, right):
            return f"{left.name} {sign} {right.name}"
        raise NotTaken(_("条件里比较的两边对不上"))


def _comparable(left: Named, right: Named) -> bool:
    return left.type == right.type and left.type in ("integer", "decimal", "date", "choice", "boolean")


def _whole(said: str) -> str:
    if not re.fullmatch(r"-?\d+(?:\.0+)?", said):
        raise NotTaken(_("“%(said)s”不是整数") % {"said": said})
    return str(int(float(said)))


def _is(about: Named, said: str, sign: str) -> str:
    """A question against a constant, each by the question's type."""
    if said == "" and sign in ("==", "!="):
        return f"{about.name} {sign} null"
    match about.type:
        case "boolean":
            value = about.yes_no.get(said, {"true": True, "false": False}.get(said))
            if value is None or sign not in ("==", "!="):
                raise NotTaken(_("是否题没有“%(said)s”这个选项") % {"said": said})
            return f"{about.name} {sign} {'true' if value else 'false'}"
        case "choice" | "choices":
            if said not in about.codes:
                raise NotTaken(_("选项里没有“%(said)s”") % {"said": said})
            if sign not in ("==", "!="):
                raise NotTaken(_("选项不能比大小"))
            said = about.codes[said]
            if about.type == "choice":
                return f"{about.name} {sign} '{said}'"
            return f"'{said}' in {about.name}" if sign == "==" else f"!('{said}' in {about.name})"
        case "integer":
            return f"{about.name} {sign} {_whole(said)}"
        case "decimal":
            try:
                return f"{about.name} {sign} {float(said)}"
            except ValueError:
                raise NotTaken(_("“%(said)s”不是数") % {"said": said}) from None
    raise NotTaken(_("文字和日期只能问填了没有，不能比内容"))
