"""The grammar of conditions: a small part of CEL, read by our own parser before any library sees it. Pure.

The two libraries (server and phone) differ outside this part, and long or deep text ends the process of one of them.
`read` gives a tree with positions, or raises `SyntaxFault` with a code, a position and words for the form's author.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lianfang.core.problems import N_

LONGEST = 400
DEEPEST = 12
MACROS = ("exists", "all", "filter")
FUNCTIONS = ("size",)
METHODS = ("startsWith", "contains", "matches", "size")
_SPELLED = (
    "true false null in as break const continue else for function if import let loop package namespace return var void"
    " while has size all exists exists_one map filter int uint double bool string bytes list type dyn duration"
    " timestamp matches contains startsWith endsWith null_type optional math cel"
)
# CEL keeps these for itself, so no question may be called so.
RESERVED = frozenset(_SPELLED.split())


class SyntaxFault(ValueError):
    """Why a text is no condition of ours: a code, where (from 0), and what to do."""

    def __init__(self, code: str, at: int, detail: str) -> None:
        super().__init__(detail)
        self.code, self.at, self.detail = code, at, detail


@dataclass(frozen=True)
class Literal:
    at: int
    kind: str  # int, double, string, bool, null
    value: object


@dataclass(frozen=True)
class Name:
    at: int
    name: str


@dataclass(frozen=True)
class Listed:
    at: int
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Unary:
    at: int
    sign: str  # ! -
    of: Node


@dataclass(frozen=True)
class Binary:
    at: int
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choose:
    at: int
    test: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True)
class Call:
    """A function with its arguments, or a method of `of`."""

    at: int
    name: str
    of: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Macro:
    at: int
    name: str  # exists, all, filter
    of: Node
    variable: str
    body: Node


Node = Literal | Name | Listed | Unary | Binary | Choose | Call | Macro


@dataclass(frozen=True)
class Token:
    at: int
    kind: str  # int, double, string, name, sign, end
    text: str


_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<double>[0-9]+\.[0-9]+)"
    r"|(?P<int>[0-9]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<string>'[^'\"\\\r\n]*'|\"[^'\"\\\r\n]*\")"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/!<>?:.,()\[\]])"
)
_RELATIONS = ("==", "!=", "<", "<=", ">", ">=", "in")
# Typed by a Chinese keyboard, or in the habit of a spreadsheet.
_MISTYPED = {
    **dict.fromkeys("“”‘’", N_("引号要用英文的 '")),
    **dict.fromkeys("（）", N_("括号要用英文的 ( )")),
    "，": N_("逗号要用英文的 ,"),
    "＝": N_("等于写 =="),
    "=": N_("等于写 =="),
    "＞": N_("大于号要用英文的 >"),
    "＜": N_("小于号要用英文的 <"),
    "≥": N_("大于或等于写 >="),
    "≤": N_("小于或等于写 <="),
    "≠": N_("不等于写 !="),
    "！": N_("感叹号要用英文的 !"),
    "：": N_("冒号要用英文的 :"),
    "？": N_("问号要用英文的 ?"),
    "&": N_("“并且”写 &&"),
    "|": N_("“或者”写 ||"),
    "%": N_("不能求余数"),
    "$": N_("填报项直接写它的代码，不用 ${ }"),
    "{": N_("填报项直接写它的代码，不用 ${ }"),
    "\\": N_("文字里不能有反斜杠"),
    "'": N_("引号没有成对，或文字里有引号"),
    '"': N_("引号没有成对，或文字里有引号"),
}


def read(text: str) -> Node:
    """The tree of a condition. Raises `SyntaxFault`."""
    if len(text) > LONGEST:
        raise SyntaxFault(
            "too_long", LONGEST, _("条件最多%(longest)s个字，请拆成几项来问") % {"longest": LONGEST}
        )
    if not text.strip():
        raise SyntaxFault("empty", 0, _("条件是空的"))
    reader = _Reader(_tokens(text))
    tree = reader.choose(0)
    reader.expect_end()
    return tree


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            sign = text[place]
            raise SyntaxFault(
                "sign",
                place,
                _(_MISTYPED[sign]) if sign in _MISTYPED else _("不认识这里的“%(sign)s”") % {"sign": sign},
            )
        kind = match.lastgroup or ""
        token = Token(place, kind, match.group())
        place = match.end()
        if text.startswith("//", token.at):
            raise SyntaxFault("sign", token.at, _("条件里不能写注释"))
        if kind != "space":
            _check_joined(found, token)
            found.append(token)
    return [*found, Token(len(text), "end", "")]


def _check_joined(before: list[Token], token: Token) -> None:
    """3u, 1e5, r'x', 0x10, .5: spellings that the two libraries read apart."""
    if not before or before[-1].at + len(before[-1].text) != token.at:
        return
    kinds = {before[-1].kind, token.kind}
    if kinds <= {"int", "double", "name", "string"} and len(kinds) + (before[-1].kind == token.kind) >= 2:
        raise SyntaxFault("sign", token.at, _("数、文字和代码之间要有运算符"))


class _Reader:
    """Recursive descent; every way down counts towards `DEEPEST`."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.place, self.is_in_macro = tokens, 0, False

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def take(self, *signs: str) -> Token | None:
        token = self.token
        if token.kind in ("sign", "name") and token.text in signs:
            self.place += 1
            return token
        return None

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise SyntaxFault("syntax", self.token.at, _("这里要有“%(sign)s”") % {"sign": sign})

    def expect_end(self) -> None:
        if self.token.kind == "end":
            return
        if self.token.text in _RELATIONS:
            raise SyntaxFault("chained", self.token.at, _("两个比较不能连着写，请用 && 分开"))
        word = {"and": _("“并且”写 &&"), "or": _("“或者”写 ||"), "not": _("“不是”写 !")}.get(
            self.token.text.lower()
        )
        raise SyntaxFault(
            "syntax", self.token.at, word or _("“%(text)s”前面缺运算符") % {"text": self.token.text}
        )

    def choose(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise SyntaxFault("too_deep", self.token.at, _("括号套得太深，请写简单些"))
        test = self.any_of(depth)
        if mark := self.take("?"):
            then = self.choose(depth + 1)
            self.expect(":")
            return Choose(mark.at, test, then, self.choose(depth + 1))
        return test

    def any_of(self, depth: int) -> Node:
        left = self.all_of(depth)
        while mark := self.take("||"):
            left = Binary(mark.at, "||", left, self.all_of(depth))
        return left

    def all_of(self, depth: int) -> Node:
        left = self.compared(depth)
        while mark := self.take("&&"):
            left = Binary(mark.at, "&&", left, self.compared(depth))
        return left

    def compared(self, depth: int) -> Node:
        left = self.sum(depth)
        if mark := self.take(*_RELATIONS):
            return Binary(mark.at, mark.text, left, self.sum(depth))
        return left

    def sum(self, depth: int) -> Node:
        left = self.product(depth)
        while mark := self.take("+", "-"):
            left = Binary(mark.at, mark.text, left, self.product(depth))
        return left

    def product(self, depth: int) -> Node:
        left = self.signed(depth)
        while mark := self.take("*", "/"):
            left = Binary(mark.at, mark.text, left, self.signed(depth))
        return left

    def signed(self, depth: int) -> Node:
        if mark := self.take("!", "-"):
            if self.token.text in ("!", "-"):
                raise SyntaxFault(
                    "syntax", self.token.at, _("不能连写两个“%(text)s”") % {"text": self.token.text}
                )
            return Unary(mark.at, mark.text, self.member(depth + 1))
        return self.member(depth)

    def member(self, depth: int) -> Node:
        found = self.primary(depth)
        while self.take("."):
            name = self.token
            if name.kind != "name":
                raise SyntaxFault("syntax", name.at, _("点后面要有 contains、startsWith、exists 之类"))
            self.place += 1
            if self.token.text != "(":
                raise SyntaxFault(
                    "field", name.at, _("没有“.%(text)s”这样的下级；填报项直接写代码") % {"text": name.text}
                )
            found = self.method(name, found, depth)
        if self.token.text == "[" and self.token.kind == "sign":
            raise SyntaxFault(
                "index", self.token.at, _("不能用 [ ] 取第几项；要看选没选某项，写 '代码' in 填报项")
            )
        return found

    def method(self, name: Token, of: Node, depth: int) -> Node:
        if name.text in MACROS:
            return self.macro(name, of, depth)
        if name.text not in METHODS:
            raise SyntaxFault(
                "function",
                name.at,
                _("不能用 %(text)s；能用的有 %(methods)s")
                % {"text": name.text, "methods": "、".join(METHODS + MACROS)},
            )
        return Call(name.at, name.text, of, self.arguments(depth))

    def macro(self, name: Token, of: Node, depth: int) -> Node:
        if self.is_in_macro:
            raise SyntaxFault("macro_depth", name.at, _("%(text)s 不能套在另一个里面") % {"text": name.text})
        self.expect("(")
        variable = self.token
        if variable.kind != "name" or variable.text in RESERVED:
            raise SyntaxFault(
                "syntax",
                variable.at,
                _("%(text)s( 后面先写一个字母，如 x，再写逗号和条件") % {"text": name.text},
            )
        self.place += 1
        self.expect(",")
        self.is_in_macro = True
        body = self.choose(depth + 1)
        self.is_in_macro = False
        self.expect(")")
        return Macro(name.at, name.text, of, variable.text, body)

    def arguments(self, depth: int) -> tuple[Node, ...]:
        self.expect("(")
        return self.listed(")", depth)

    def listed(self, end: str, depth: int) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.take(end):
            if found:
                self.expect(",")
            found.append(self.choose(depth + 1))
        return tuple(found)

    def primary(self, depth: int) -> Node:
        token = self.token
        self.place += token.kind != "end"
        match token.kind:
            case "int":
                if len(token.text) > 15 or (token.text[0] == "0" and len(token.text) > 1):
                    raise SyntaxFault("number", token.at, _("整数最多15位，前面不要写0"))
                return Literal(token.at, "int", int(token.text))
            case "double":
                if len(token.text) > 20:
                    raise SyntaxFault("number", token.at, _("小数最多20位"))
                return Literal(token.at, "double", float(token.text))
            case "string":
                return Literal(token.at, "string", token.text[1:-1])
            case "name":
                return self.named(token, depth)
        if token.text == "(":
            inner = self.choose(depth + 1)
            self.expect(")")
            return inner
        if token.text == "[":
            return Listed(token.at, self.listed("]", depth))
        if token.kind == "end":
            raise SyntaxFault("syntax", token.at, _("条件没有写完"))
        raise SyntaxFault("syntax", token.at, _("“%(text)s”前面缺填报项或数") % {"text": token.text})

    def named(self, token: Token, depth: int) -> Node:
        match token.text:
            case "true" | "false":
                return Literal(token.at, "bool", token.text == "true")
            case "null":
                return Literal(token.at, "null", None)
            case "has":
                raise SyntaxFault("has", token.at, _("要看填了没有，写 填报项 != null"))
        if self.token.text == "(" and self.token.kind == "sign":
            if token.text not in FUNCTIONS:
                raise SyntaxFault(
                    "function", token.at, _("不能用 %(text)s( )；能用的只有 size( )") % {"text": token.text}
                )
            return Call(token.at, token.text, None, self.arguments(depth))
        if token.text in RESERVED:
            raise SyntaxFault("reserved", token.at, _("“%(text)s”不是填报项的代码") % {"text": token.text})
        return Name(token.at, token.text)
