"""Whether a condition can be taken into a form: names, types, and only the part of CEL on which both libraries agree.

Types follow the questions: integer and date (days since 1970-01-01) are int, decimal is double, boolean is bool, choice
and text are string, choices is a list of string. Any of them may be null: unanswered. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lianfang.core.problems import N_
from lianfang.questions.condition_syntax import (
    Binary,
    Call,
    Choose,
    Listed,
    Literal,
    Macro,
    Name,
    Node,
    SyntaxFault,
    Unary,
    read,
)
from lianfang.questions.rules import QuestionDefinition

# The only patterns for `matches`: the two libraries read others apart. Name → pattern.
PATTERNS = {
    "digits": "^[0-9]+$",
    "letters_and_digits": "^[A-Za-z0-9]+$",
    "train_or_flight": "^[A-Z0-9]{1,2}[0-9]{1,4}$",
}
_TYPES = {
    "boolean": "bool",
    "integer": "int",
    "decimal": "double",
    "date": "int",
    "choice": "string",
    "text": "string",
    "choices": "list(string)",
}
_WORDS = {
    "bool": N_("是非"),
    "int": N_("整数（日期也按天数算整数）"),
    "double": N_("小数"),
    "string": N_("文字"),
    "list(string)": N_("多选"),
    "list(int)": N_("整数的列表"),
    "list(double)": N_("小数的列表"),
    "null": "null",
}
_UNKNOWN = ""  # already faulted: says nothing more


@dataclass(frozen=True)
class ConditionFault:
    """Why a condition cannot be taken: where (from 0), in words with the remedy, and as a code."""

    at: int
    detail: str
    code: str = ""


def check_condition(text: str, types: Mapping[str, QuestionDefinition]) -> list[ConditionFault]:
    """All that is wrong with a condition over these questions (those of one subject of the form); empty is good."""
    try:
        tree = read(text)
    except SyntaxFault as fault:
        return [ConditionFault(fault.at, fault.detail, fault.code)]
    judge = _Judge(types)
    if (result := judge.type_of(tree)) not in ("bool", _UNKNOWN):
        judge.fault(
            "result",
            0,
            _("条件的结果要是“是”或“否”，这里是%(kind)s，请加上比较，如 %(example)s")
            % {"kind": _(_WORDS[result]), "example": _example(result)},
        )
    return sorted(judge.faults, key=lambda fault: fault.at)


def names_in(text: str) -> tuple[str, ...]:
    """The questions that a condition names, each once, in order. Raises `SyntaxFault`."""
    found: dict[str, None] = {}
    _gather(read(text), frozenset(), found)
    return tuple(found)


def _gather(node: Node, bound: frozenset[str], found: dict[str, None]) -> None:
    match node:
        case Name():
            if node.name not in bound:
                found[node.name] = None
        case Listed():
            for item in node.items:
                _gather(item, bound, found)
        case Unary():
            _gather(node.of, bound, found)
        case Binary():
            _gather(node.left, bound, found)
            _gather(node.right, bound, found)
        case Choose():
            for part in (node.test, node.then, node.otherwise):
                _gather(part, bound, found)
        case Call():
            for part in ((node.of,) if node.of else ()) + node.arguments:
                _gather(part, bound, found)
        case Macro():
            _gather(node.of, bound, found)
            _gather(node.body, bound | {node.variable}, found)


def _example(kind: str) -> str:
    return {"int": "> 0", "double": ">= 37.3", "string": _("== '代码'")}.get(kind, "!= null")


@dataclass
class _Judge:
    """Walks the tree, gives each node its type, and notes what is wrong."""

    questions: Mapping[str, QuestionDefinition]
    faults: list[ConditionFault] = field(default_factory=list)
    # The variable of a macro stands for one choice of the question it walks, if it walks one.
    variables: dict[str, tuple[str, QuestionDefinition | None]] = field(default_factory=dict)

    def fault(self, code: str, at: int, detail: str) -> str:
        self.faults.append(ConditionFault(at, detail, code))
        return _UNKNOWN

    def type_of(self, node: Node) -> str:
        match node:
            case Literal():
                return node.kind
            case Name():
                return self.name(node)
            case Listed():
                return self.listed(node)
            case Unary():
                return self.unary(node)
            case Binary():
                return self.binary(node)
            case Choose():
                return self.chosen(node)
            case Call():
                return self.called(node)
            case Macro():
                return self.macro(node)

    def name(self, node: Name) -> str:
        if node.name in self.variables:
            return self.variables[node.name][0]
        if node.name not in self.questions:
            return self.fault(
                "unknown_name",
                node.at,
                _("表里没有“%(name)s”这一项（同一张表、同是问户或问人的才能写）") % {"name": node.name},
            )
        return _TYPES.get(self.questions[node.name].type, _UNKNOWN)

    def listed(self, node: Listed) -> str:
        kinds = {self.type_of(item) for item in node.items}
        if not node.items:
            return self.fault("list", node.at, _("[ ] 里至少写一项"))
        if any(not isinstance(item, Literal | Unary) for item in node.items) or _UNKNOWN in kinds:
            return self.fault("list", node.at, _("[ ] 里只能写数或文字"))
        if len(kinds) > 1 or not kinds <= {"int", "double", "string"}:
            return self.fault("list", node.at, _("[ ] 里要么全是整数，要么全是小数，要么全是文字"))
        return f"list({kinds.pop()})"

    def unary(self, node: Unary) -> str:
        kind = self.type_of(node.of)
        wanted = ("bool",) if node.sign == "!" else ("int", "double")
        if kind in (*wanted, _UNKNOWN):
            return kind
        words = _("是非，如 !(a == 1)") if node.sign == "!" else _("数")
        return self.fault(
            "types",
            node.at,
            _("“%(sign)s”后面要是%(wanted)s，这里是%(kind)s")
            % {"sign": node.sign, "wanted": words, "kind": _(_WORDS[kind])},
        )

    def binary(self, node: Binary) -> str:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if _UNKNOWN in (left, right):
            return "bool" if node.sign not in "+-*/" else _UNKNOWN
        match node.sign:
            case "&&" | "||":
                return self.joined(node, left, right)
            case "==" | "!=":
                return self.equal(node, left, right)
            case "in":
                return self.contained(node, left, right)
            case "+" | "-" | "*" | "/":
                return self.reckoned(node, left, right)
        return self.ordered(node, left, right)

    def joined(self, node: Binary, left: str, right: str) -> str:
        for kind, side in ((left, node.left), (right, node.right)):
            if kind != "bool":
                self.fault(
                    "types",
                    side.at,
                    _("“%(sign)s”两边都要是条件，这里是%(kind)s，请加上比较，如 %(example)s")
                    % {"sign": node.sign, "kind": _(_WORDS[kind]), "example": _example(kind)},
                )
        return "bool"

    def equal(self, node: Binary, left: str, right: str) -> str:
        if "null" in (left, right):
            return "bool"
        if "list" in left[:4] or "list" in right[:4]:
            self.fault("types", node.at, _("多选不能用 == 比，要看选没选某项，写 '代码' in 填报项"))
        elif self.same(node, left, right):
            self.check_codes(node.left, node.right)
            self.check_codes(node.right, node.left)
        return "bool"

    def same(self, node: Binary, left: str, right: str) -> bool:
        if left == right:
            return True
        if {left, right} == {"int", "double"}:
            self.fault(
                "mixed_numbers", node.at, _("整数和小数不能混用：和小数比写 37.0，和整数或日期比写 37")
            )
        else:
            self.fault(
                "types",
                node.at,
                _("“%(sign)s”两边不是一类：左边是%(left)s，右边是%(right)s")
                % {"sign": node.sign, "left": _(_WORDS[left]), "right": _(_WORDS[right])},
            )
        return False

    def ordered(self, node: Binary, left: str, right: str) -> str:
        if "string" in (left, right):
            self.fault("text_order", node.at, _("文字不能比大小，只能用 ==、!= 或 in"))
        elif "null" in (left, right):
            self.fault("null", node.at, _("null 只能用 == 和 != 比"))
        elif self.same(node, left, right) and left not in ("int", "double"):
            self.fault(
                "types", node.at, _("只有数和日期能比大小，这里是%(kind)s") % {"kind": _(_WORDS[left])}
            )
        return "bool"

    def contained(self, node: Binary, left: str, right: str) -> str:
        if not right.startswith("list"):
            remedy = _("单选写 填报项 in ['代码']，文字用 填报项.contains('…')")
            self.fault(
                "types",
                node.at,
                _("in 右边要是多选或 [ ]，这里是%(kind)s；%(remedy)s")
                % {"kind": _(_WORDS[right]), "remedy": remedy},
            )
        elif right != f"list({left})":
            self.fault(
                "types",
                node.at,
                _("in 左边是%(left)s，和右边的%(right)s不是一类")
                % {"left": _(_WORDS[left]), "right": _(_WORDS[right])},
            )
        else:
            self.check_codes(node.left, node.right)
            self.check_codes(node.right, node.left)
        return "bool"

    def reckoned(self, node: Binary, left: str, right: str) -> str:
        for kind, side in ((left, node.left), (right, node.right)):
            if kind not in ("int", "double"):
                return self.fault(
                    "types",
                    side.at,
                    _("“%(sign)s”只能算数，这里是%(kind)s") % {"sign": node.sign, "kind": _(_WORDS[kind])},
                )
        return left if self.same(node, left, right) else _UNKNOWN

    def chosen(self, node: Choose) -> str:
        test, then, otherwise = (self.type_of(part) for part in (node.test, node.then, node.otherwise))
        if test not in ("bool", _UNKNOWN):
            self.fault(
                "types", node.test.at, _("问号前面要是条件，这里是%(kind)s") % {"kind": _(_WORDS[test])}
            )
        if _UNKNOWN in (then, otherwise):
            return _UNKNOWN
        if then != otherwise:
            return self.fault("types", node.at, _("冒号两边要是同一类"))
        return then

    def called(self, node: Call) -> str:
        parts = (node.of, *node.arguments) if node.of else node.arguments
        kinds = [self.type_of(part) for part in parts]
        if len(parts) != (1 if node.name == "size" else 2):
            return self.fault("function", node.at, _("%(name)s 的括号里写得不对") % {"name": node.name})
        if _UNKNOWN in kinds:
            return "int" if node.name == "size" else "bool"
        if node.name == "size":
            if not kinds[0].startswith("list"):
                return self.fault("types", node.at, _("size 只数多选选了几项；文字和数不能用"))
            return "int"
        return self.text_method(node, kinds, parts[1])

    def text_method(self, node: Call, kinds: list[str], argument: Node) -> str:
        if kinds[0] != "string":
            remedy = (
                _("要看选没选某项，写 '代码' in 填报项")
                if kinds[0].startswith("list")
                else _("这里是%(kind)s") % {"kind": _(_WORDS[kinds[0]])}
            )
            return self.fault(
                "types",
                node.at,
                _("%(name)s 只能用在文字后面；%(remedy)s") % {"name": node.name, "remedy": remedy},
            )
        if not isinstance(argument, Literal) or argument.kind != "string":
            return self.fault(
                "function", argument.at, _("%(name)s 的括号里写一段文字，如 '湖北'") % {"name": node.name}
            )
        if node.name == "matches" and argument.value not in PATTERNS.values():
            return self.fault(
                "pattern",
                argument.at,
                _("matches 只能用这几种：%(values)s") % {"values": "、".join(PATTERNS.values())},
            )
        return "bool"

    def macro(self, node: Macro) -> str:
        of = self.type_of(node.of)
        if of == _UNKNOWN:
            return "bool" if node.name != "filter" else "list(string)"
        if not of.startswith("list"):
            return self.fault(
                "types",
                node.at,
                _("%(name)s 只能用在多选后面，这里是%(kind)s") % {"name": node.name, "kind": _(_WORDS[of])},
            )
        if node.variable in self.questions:
            return self.fault(
                "syntax",
                node.at,
                _("%(name)s 里的“%(variable)s”和填报项重名，换一个字母")
                % {"name": node.name, "variable": node.variable},
            )
        self.variables[node.variable] = (of[5:-1], self.question_of(node.of))
        body = self.type_of(node.body)
        del self.variables[node.variable]
        if body not in ("bool", _UNKNOWN):
            self.fault("types", node.body.at, _("%(name)s 的逗号后面要是条件") % {"name": node.name})
        return of if node.name == "filter" else "bool"

    def question_of(self, node: Node) -> QuestionDefinition | None:
        """The question whose codes a node holds."""
        match node:
            case Name():
                if node.name in self.variables:
                    return self.variables[node.name][1]
                question = self.questions.get(node.name)
                return question if question and question.choices else None
            case Macro():
                return self.question_of(node.of) if node.name == "filter" else None
        return None

    def check_codes(self, asked: Node, said: Node) -> None:
        """A code that the question does not have can never be answered: a slip of the pen."""
        question = self.question_of(asked)
        if question is None:
            return
        codes = {code for code, _ in question.choices}
        for item in said.items if isinstance(said, Listed) else (said,):
            if isinstance(item, Literal) and item.kind == "string" and item.value not in codes:
                by_label = {label: code for code, label in question.choices}
                meant = by_label.get(str(item.value))
                remedy = (
                    _("应写 '%(meant)s'") % {"meant": meant}
                    if meant
                    else _("可选的有 %(sorted)s") % {"sorted": "、".join(sorted(codes)[:12])}
                )
                self.fault(
                    "unknown_code",
                    item.at,
                    _("“%(label)s”没有 '%(value)s' 这个选项，%(remedy)s")
                    % {"label": question.label, "value": item.value, "remedy": remedy},
                )


def usual_condition(question: QuestionDefinition, asked: Iterable[QuestionDefinition]) -> str:
    """The question's own condition, when a form of `asked` holds all that it names; else empty."""
    if not question.show_if:
        return ""
    same = {one.key: one for one in asked if one.about == question.about}
    return "" if check_condition(question.show_if, same) else question.show_if
