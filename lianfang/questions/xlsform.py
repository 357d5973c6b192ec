"""An XLSForm as the draft of a form: what can be asked here is taken, and all else is told with its cell. Pure.

The three sheets are mapped here, and not by pyxform: pyxform makes an XForm for a client that is not ours, stops at the
first fault and names no cell, and would be one more dependency in the process that reads strangers' files. What the
county needs is the other way round: every row judged, every cell that is not taken named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from lianfang.core.refusing import refused_choices, refused_subject
from lianfang.questions.drafting import (
    ASK,
    DERIVED,
    LEFT,
    LONGEST_LABEL,
    MOST_CHOICES,
    REFUSED,
    UNTAKEN,
    Draft,
    Finding,
    Line,
    NewQuestion,
    words,
)
from lianfang.questions.headings import about_of, privacy_of
from lianfang.questions.xlsform_rows import Block, Row, require_some, take_conditions
from lianfang.questions.xlsform_sheets import HAN, SheetRows, Table, labels_of, sheet_of, table_of, unpacked
from lianfang.questions.xlsform_types import BEGIN, END, METADATA, SELECT, TYPES, UNTAKEN_TYPES
from lianfang.questions.xpath import NotTaken, bounds_of

Settle = Callable[[Line], Line]
_SIGNATURE = re.compile(r"签[名字章]|[按捺]手印|signature", re.IGNORECASE)  # nothing to be asked
_TRUE = words("yes true true() 1 是 y 必填 required")
_YES_CODES = words("yes true 1 y 是 有")
_NO_CODES = words("no false 0 n 2 否 无 没有")
MOST_ROWS = 5000
MOST_LINES = 400


def is_xlsform(sheets: Sequence[SheetRows]) -> bool:
    survey = sheet_of(unpacked(sheets), "survey")
    return survey is not None and table_of(survey, ("type", "name")) is not None


def read_xlsform(sheets: Sequence[SheetRows], *, settle: Settle = lambda line: line) -> Draft:
    """`settle` says of a line what the register and the dictionary know of it. Needs `is_xlsform`."""
    return _Reader(unpacked(sheets), settle).draft()


class _Reader:
    def __init__(self, sheets: Sequence[SheetRows], settle: Settle) -> None:
        self.settle = settle
        survey = sheet_of(sheets, "survey")
        assert survey is not None  # noqa: S101 - asked by is_xlsform
        self.survey = table_of(survey, ("type", "name")) or Table(survey)
        choices = sheet_of(sheets, "choices")
        self.choices_table = table_of(choices, ("list_name", "name")) if choices else None
        settings = sheet_of(sheets, "settings")
        self.settings = table_of(settings, ()) if settings else None
        self.findings: list[Finding] = []
        self.lists = self._lists()
        self.rows: list[Row] = []

    def told(self, cell: str, detail: str, remedy: str = "", *, sheet: str = "") -> None:
        self.findings.append(Finding(sheet or self.survey.sheet.name, cell, detail, remedy))

    def draft(self) -> Draft:
        self._double_columns()
        repeats = self._repeats()
        self._take_rows(repeats)
        self._one_subject(has_repeat=len(repeats) == 1)
        for row in self.rows:
            row.line = self.settle(row.line) if row.line.kind == ASK else row.line
        take_conditions(self.rows, self.told)
        require_some(self.rows, self.told)
        title, title_en = self._title()
        return Draft(
            title=title[:60],
            title_en=title_en[:60],
            lines=tuple(row.line for row in self.rows),
            findings=tuple(self.findings),
            source="xlsform",
        )

    def _title(self) -> tuple[str, str]:
        for _number, row in self.settings.rows() if self.settings else ():
            said = row.get("form_title") or row.get("form_id")
            if said:
                return said[0], "" if HAN.search(said[0]) else said[0]
        return "", ""

    def _double_columns(self) -> None:
        for name, places in self.survey.at.items():
            if len(places) > 1 and name in ("type", "name", "label", "relevant", "required", "constraint"):
                cell = self.survey.cell(self.survey.header_row, places[1])
                self.told(
                    cell, _("列名“%(name)s”重复") % {"name": name}, _("只读了前面一列有内容的，请删掉一列")
                )

    def _lists(self) -> dict[str, list[tuple[str, str, str, str]]]:
        """List → (code, Chinese, English, cell)."""
        found: dict[str, list[tuple[str, str, str, str]]] = {}
        table = self.choices_table
        for number, row in table.rows() if table else ():
            if number > MOST_ROWS or "list_name" not in row or "name" not in row:
                continue
            chinese, english = labels_of(row)
            code, place = row["name"]
            assert table is not None  # noqa: S101 - it gave the row
            entry = (code, chinese or code, english or chinese or code, table.cell(number, place))
            found.setdefault(row["list_name"][0], []).append(entry)
        return found

    def _repeats(self) -> set[int]:
        """Rows that begin a repeat, of any depth."""
        return {
            number
            for number, row in self.survey.rows()
            if (match := BEGIN.match(row.get("type", ("", 0))[0])) and match[1].lower() in ("repeat", "loop")
        }

    # ----- rows -----

    def _take_rows(self, repeats: set[int]) -> None:
        blocks: list[Block] = []
        for number, row in self.survey.rows():
            said, place = row.get("type", ("", 0))
            cell = self.survey.cell(number, place)
            if not said:
                if "label" in row or any(name.startswith("label") for name in row):
                    self.told(cell, _("没有题型，没有收"), _("在 type 一列写明题型"))
                continue
            if len(self.rows) >= MOST_LINES:
                self.told(cell, _("超过%(most)s行，后面的没有读") % {"most": MOST_LINES}, _("把表拆成几张"))
                return
            if match := BEGIN.match(said):
                blocks.append(self._begun(match[1].lower(), number, row, repeats, blocks))
            elif END.match(said):
                if not blocks:
                    self.told(cell, _("“%(said)s”前面没有对应的 begin") % {"said": said}, _("删掉这一行"))
                else:
                    blocks.pop()
            else:
                self.rows.append(self._row(number, row, blocks))
        for block in blocks:
            self.told("", _("有一个 begin_%(kind)s 没有结束") % {"kind": block.kind}, _("补上 end 一行"))

    def _begun(
        self,
        kind: str,
        number: int,
        row: Mapping[str, tuple[str, int]],
        repeats: set[int],
        blocks: Sequence[Block],
    ) -> Block:
        cell = self.survey.cell(number, row["type"][1])
        refused = next((block.is_refused for block in blocks if block.is_refused), "")
        if kind == "loop" and not refused:
            refused = _("循环题")
            self.told(cell, _("循环题（loop）没有收，里面的题也没有收"), _("按每一项写成单独的题"))
        elif kind == "repeat" and len(repeats) > 1 and not refused:
            refused = _("重复组")
            self.told(
                cell,
                _("表里有%(count)s个重复组，没有收，里面的题也没有收") % {"count": len(repeats)},
                _("只留一个重复组（每个家人一遍），其余另做一张表"),
            )
        relevant = row.get("relevant")
        said = (self.survey.cell(number, relevant[1]), relevant[0]) if relevant else None
        return Block(kind, said, refused)

    def _row(self, number: int, row: Mapping[str, tuple[str, int]], blocks: Sequence[Block]) -> Row:
        said, place = row["type"]
        name = row.get("name", ("", 0))[0]
        chinese, english = labels_of(row)
        cell = self.survey.cell(number, place)
        label = _without_answers(chinese) or name or said
        line = Line(f"n{len(self.rows) + 1}", label[:120], cell)
        made = Row(line, name)
        made.relevant = [block.relevant for block in blocks if block.relevant]
        if relevant := row.get("relevant"):
            made.relevant.append((self.survey.cell(number, relevant[1]), relevant[0]))
        if refused := next((block.is_refused for block in blocks if block.is_refused), ""):
            made.line = replace(
                line, kind=UNTAKEN, reason=_("在没有收的%(refused)s里") % {"refused": refused}
            )
            return made
        if any(said_if.replace(" ", "").lower() in ("false()", "false") for _cell, said_if in made.relevant):
            made.line = replace(line, kind=LEFT, reason="never")
            return made
        made.relevant = [
            each for each in made.relevant if each[1].replace(" ", "").lower() not in ("true()", "true")
        ]
        in_repeat = any(block.kind == "repeat" for block in blocks)
        about = "person" if in_repeat else "household"
        question = NewQuestion(
            label[:LONGEST_LABEL], about=about, label_en=_without_answers(english)[:LONGEST_LABEL]
        )
        made.line = self._typed(replace(line, new=question), said, number, row, made)
        if made.line.kind == ASK and "${" in chinese:
            self.told(cell, _("题目里引用了别的答案，显示不出来"), _("已换成“……”，请改一下题目"))
        return made

    def _untaken(self, line: Line, what: str, remedy: str) -> Line:
        self.told(
            line.cell, _("“%(header)s”是%(what)s，没有收") % {"header": line.header, "what": what}, remedy
        )
        return replace(line, kind=UNTAKEN, reason=what, new=None)

    def _typed(
        self, line: Line, said: str, number: int, row: Mapping[str, tuple[str, int]], made: Row
    ) -> Line:
        low = " ".join(said.lower().replace("-", "_" if said.lower().startswith("select-") else "-").split())
        if low in METADATA:
            return replace(line, kind=DERIVED, reason="kept", new=None)
        if low.startswith("note"):
            self.told(
                line.cell,
                _("“%(header)s”是说明文字，不是要答的，没有收") % {"header": line.header},
                _("要让上门的人看到的，写进相关题目里"),
            )
            return replace(line, kind=LEFT, reason="note", new=None)
        if subject := refused_subject(line.header) or refused_subject(labels_of(row)[1]):
            return replace(line, kind=REFUSED, reason=subject, new=None)
        if _SIGNATURE.search(line.header) or "signature" in row.get("appearance", ("", 0))[0].lower():
            return replace(line, kind=DERIVED, reason="kept", new=None)
        if "phone number" in low or low in ("phone_number", "tel"):
            return replace(line, kind="register", reason="phone", new=None)
        if low in UNTAKEN_TYPES:
            return self._untaken(line, *(_(said_so) for said_so in UNTAKEN_TYPES[low]))
        if row.get("readonly", ("", 0))[0].lower() in _TRUE or (
            "calculation" in row and low in ("text", "string")
        ):
            return self._untaken(line, *(_(said_so) for said_so in UNTAKEN_TYPES["calculate"]))
        line = replace(line, is_required=row.get("required", ("", 0))[0].lower() in _TRUE)
        if low in TYPES:
            return self._plain(line, TYPES[low], number, row)
        if low in ("datetime", "date time"):
            self.told(line.cell, _("“%(header)s”是日期加钟点") % {"header": line.header}, _("只记日期"))
            return self._plain(line, "date", number, row)
        if match := SELECT.match(said.strip()):
            return self._select(line, match, number, row, made)
        if low in ("select_one", "select_multiple", "select one", "select multiple"):
            return self._untaken(
                line, _("没有写用哪一组选项的选择题"), _("在 type 里写上选项组，如 select_one yes_no")
            )
        return self._untaken(
            line, _("不认识的题型“%(said)s”") % {"said": said[:30]}, _("改成文字、整数、小数、日期或选择题")
        )

    def _plain(self, line: Line, type_: str, number: int, row: Mapping[str, tuple[str, int]]) -> Line:
        assert line.new is not None  # noqa: S101 - given by _row
        new = replace(line.new, type=type_)
        if type_ in ("integer", "decimal"):
            low, high = self._range(line, type_, number, row)
            new = replace(new, low=low, high=high)
        elif constraint := row.get("constraint"):
            cell = self.survey.cell(number, constraint[1])
            self.told(
                cell,
                _("“%(header)s”的限制没有带过来") % {"header": line.header},
                _("题目照收，限制请写进题目里"),
            )
        return replace(line, new=new)

    def _range(
        self, line: Line, type_: str, number: int, row: Mapping[str, tuple[str, int]]
    ) -> tuple[float, float]:
        low, high = (0.0, 9999.0) if type_ == "integer" else (0.0, 1_000_000.0)
        if "parameters" in row and (given := _parameters(row["parameters"][0])):
            return given
        said = row.get("constraint")
        if said is None:
            return low, high
        try:
            least, most, opens_low, opens_high = bounds_of(said[0])
        except NotTaken as why:
            cell = self.survey.cell(number, said[1])
            self.told(
                cell,
                _("“%(header)s”的限制没有带过来：%(why)s") % {"header": line.header, "why": why},
                _("题目照收，范围请在下面改"),
            )
            return low, high
        step = 1 if type_ == "integer" else 0
        least = least + step if least is not None and opens_low else least
        most = most - step if most is not None and opens_high else most
        low = least if least is not None else min(low, most if most is not None else low)
        high = most if most is not None else max(high, low)
        return low, high

    def _select(
        self, line: Line, match: re.Match[str], number: int, row: Mapping[str, tuple[str, int]], made: Row
    ) -> Line:
        kind, name = match["kind"].lower(), match["list"].strip()
        if kind == "rank":
            return self._untaken(line, *(_(said_so) for said_so in UNTAKEN_TYPES["rank"]))
        if match["file"] or "${" in name or re.search(r"\.(?:csv|xml|geojson)$", name):
            return self._untaken(
                line, _("选项在另一个文件或由别的答案决定的选择题"), _("把选项写进 choices 表")
            )
        filtered = row.get("choice_filter")
        if filtered and filtered[0].replace(" ", "").lower() not in ("true()", "true"):
            cell = self.survey.cell(number, filtered[1])
            self.told(
                cell,
                _("“%(header)s”的选项随别的答案变（choice_filter），没有收") % {"header": line.header},
                _("按上一级拆成几道题，各写条件"),
            )
            return replace(line, kind=UNTAKEN, reason=_("选项随别的答案变"), new=None)
        found = self.lists.get(name) or self.lists.get(name.replace(" ", "_"))
        if not found:
            return self._untaken(
                line,
                _("选择题，但 choices 里没有“%(name)s”这一组选项") % {"name": name[:30]},
                _("在 choices 表里补上"),
            )
        if any("${" in chinese for _code, chinese, _english, _cell in found):
            return self._untaken(line, _("选项由别的答案拼成的选择题"), _("把选项写成固定的字"))
        is_several = "multiple" in kind or "all that apply" in kind
        return self._choice(line, found, is_several, bool(match["other"]), number, row, made)

    def _choice(
        self,
        line: Line,
        found: Sequence[tuple[str, str, str, str]],
        is_several: bool,
        has_other: bool,
        number: int,
        row: Mapping[str, tuple[str, int]],
        made: Row,
    ) -> Line:
        assert line.new is not None  # noqa: S101 - given by _row
        if subject := refused_choices(chinese for _code, chinese, _english, _cell in found):
            return replace(line, kind=REFUSED, reason=subject, new=None)
        if constraint := row.get("constraint"):
            cell = self.survey.cell(number, constraint[1])
            self.told(
                cell,
                _("“%(header)s”的限制没有带过来") % {"header": line.header},
                _("题目照收，限制请写进题目里"),
            )
        if not is_several and not has_other and (flags := _flags(found)):
            made.yes_no = flags
            return replace(line, new=replace(line.new, type="boolean"))
        choices: dict[str, tuple[str, str, str]] = {}
        labels: set[str] = set()
        for written, chinese, english, cell in found:
            if written in made.codes:
                self.told(
                    cell,
                    _("选项代码“%(written)s”重复") % {"written": written},
                    _("只收了第一个，请改成不同的代码"),
                    sheet=self._choices_name(),
                )
                continue
            code = _code(written, choices)
            label = chinese[:50] if chinese[:50] not in labels else f"{chinese[:50]}（{written[:20]}）"
            labels.add(label)
            made.codes[written] = code
            choices[code] = (code, label, english[:60])
        if has_other:
            choices.setdefault("other", ("other", "其他", "Other"))
            made.codes.setdefault("other", "other")
        if len(choices) < 2 or len(choices) > MOST_CHOICES:
            return self._untaken(
                line,
                _("有%(count)s个选项的选择题") % {"count": len(choices)},
                _("选项要2到%(most)s个；再多的改成文字题") % {"most": MOST_CHOICES},
            )
        type_ = "choices" if is_several else "choice"
        return replace(line, new=replace(line.new, type=type_, choices=tuple(choices.values())))

    def _choices_name(self) -> str:
        return self.choices_table.sheet.name if self.choices_table else "choices"

    # ----- whom it is about, and when -----

    def _one_subject(self, *, has_repeat: bool) -> None:
        """Without a repeat all questions are about the same: a form that asks for somebody's name or age is about that
        person. So their conditions may name each other."""
        asked = [row for row in self.rows if row.line.kind == ASK and row.line.new]
        if not has_repeat:
            settled = [self.settle(row.line) for row in asked]
            names_one = any(line.reason in ("name", "sex", "birth_on", "id_number") for line in settled)
            about = Counter(about_of(row.line.header, is_of_people=names_one) for row in asked)
            subject = "person" if names_one or about["person"] * 2 > len(asked) else "household"
        for row in asked:
            new = row.line.new
            assert new is not None  # noqa: S101 - chosen above
            about_whom = new.about if has_repeat else subject
            made = replace(new, about=about_whom)
            text = f"{row.line.header} {new.label_en} {row.name}"
            row.line = replace(row.line, new=replace(made, privacy=_privacy(text, made)))


def _code(written: str, taken: Mapping[str, object]) -> str:
    """The file's code in small letters, digits and underscores, as codes are here."""
    plain = re.sub(r"[^a-z0-9]+", "_", written.lower()).strip("_")[:30] or "c"
    return next(code for code in (plain, *(f"{plain}_{n}" for n in range(2, 1000))) if code not in taken)


def _privacy(text: str, question: NewQuestion) -> str:
    """English words as well: a form of another system seldom speaks Chinese."""
    if re.search(
        r"symptom|fever|cough|disease|illness|sick|test|result|pregnan|medic|health|hiv|vaccin|phone|address|income|dob|birth",
        text,
        re.IGNORECASE,
    ):
        return "sensitive"
    return privacy_of(text, question)


def _without_answers(label: str) -> str:
    return re.sub(r"\s*(?:\$\{[^}]*\}|%\(\w+\)s)\s*", "……", label).strip()


def _parameters(text: str) -> tuple[float, float] | None:
    given = dict(re.findall(r"(start|end)\s*=\s*(-?\d+(?:\.\d+)?)", text))
    return (float(given["start"]), float(given["end"])) if len(given) == 2 else None


def _flags(found: Sequence[tuple[str, str, str, str]]) -> dict[str, bool] | None:
    """Code → yes or no, of a list that offers just these two."""
    if len(found) != 2:
        return None
    flags: dict[str, bool] = {}
    for code, chinese, english, _cell in found:
        words = {chinese.strip().lower(), english.strip().lower()}
        if words & _YES_CODES or (
            code.lower() in _YES_CODES and not words & _NO_CODES and code.lower() in ("yes", "true", "y")
        ):
            flags[code] = True
        elif words & _NO_CODES or code.lower() in ("no", "false", "n"):
            flags[code] = False
    return flags if set(flags.values()) == {True, False} else None
