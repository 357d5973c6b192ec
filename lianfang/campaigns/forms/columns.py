"""The lines of a draft out of a table: what is known, what is worked out, what may not be asked, what is asked. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lianfang.campaigns.forms.header import HeaderColumn, TableHeader
from lianfang.core.refusing import refused_choices, refused_subject
from lianfang.questions.conditions import usual_condition
from lianfang.questions.drafting import (
    ASK,
    DERIVED,
    LEFT,
    REFUSED,
    REGISTER,
    Line,
    NewQuestion,
)
from lianfang.questions.headings import Seen, guess_question, privacy_of, read_heading
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.columns import contents
from lianfang.register.columns.headers import (
    field_of_path,
    is_of_another,
    is_refused,
    known_field,
    plain_header,
)
from lianfang.register.rules import Cell, text

Find = Callable[[str], QuestionDefinition | None]
SHOWN = 3  # samples of a column
LOOKED_AT = 200  # cells of a column, to guess its type

# Columns of a list of people that say how somebody is, not who: a question of the dictionary comes before the register.
_STATES = frozenset(
    ("occupancy", "away_place", "is_here_tonight", "is_living_here", "expected_count", "collective_kind")
)
_PERSON_FIELDS = frozenset(("name", "id_number", "phone", "sex", "birth_on", "relation"))
_DERIVED = re.compile(
    r"^(?:年龄|周岁|岁数|实足年龄|现年龄?)$|^[合小总共]计(?:$|[人户]?数)|^总[人户]?数$|占比|比例$|比率$|百分比|[^几频概]率$|^序号?$|^编号$|^行号$|"
    r"^(?:自动)?(?:计算|公式)|^累计$|^差额$|平均"
)
_KEPT = re.compile(
    r"^(?:填[报表写]|申报|登记|摸排|排查|走访|调查|采集|录入|核查|核实|上报|报送|审核|检查|入户|访视|随访|统计|复核|经办|填卡)(?:人员?|者|员|单位|部门|日期|时间|"
    r"日|姓名|人姓名|人签[名字]|人电话|人联系电话|人联系方式)$|^签[收到]人?$|^(?:户主|住户|本人|当事人|家长|居民|被.{1,4}人|[^是未]{0,4}人)?签[名字章](?:或?[盖签]章|或?[按捺]?手印|确认|栏|处|日期|时间)*$|^(?:单位|社区|村委会)?盖章$|[按捺]手印$|^填表人|^日期$|^照片$"
)
_ASSIGNED = re.compile(
    r"^(?:包[保联户抓片组村]|责任|联点|结对|帮扶|驻村|分管|挂[点包]|包干)(?:责任)?(?:人员?|干部|领导|长|员|医生|电话|单位)?(?:姓名|电话|联系电话|联系方式|手机|单位|职务)?$|"
    r"^网格[员长]"
)
_REMARK = re.compile(
    r"^(?:备注|说明|其他说明|备\s*注|注|附注|情况说明|补充说明|其他|其它|remarks?|notes?|comments?)$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"^户主.{0,3}(?:姓名|名|电话|手机|手机号码?|联系电话|联系方式|身份证号?码?|证件号码?|性别|出生日期|年龄)?$"
)
_DAY = re.compile(r"^第?[\d一二三四五六七八九十]{1,3}[天日次轮]$")
# 家庭成员1, 成员二, 同住人3: the same of each who lives there, asked once a person.
_MEMBER = re.compile(
    r"^(?:家庭|户内|家中|同住)?(?:成员|人员|家人|家属|人)(?:之?[\d一二三四五六七八九十①-⑩]{1,2}|[（(][\d一二三四五六七八九十]{1,2}[)）])|"
    r"^第[\d一二三四五六七八九十]{1,2}(?:个?人|位|名)(?:成员)?"
)
# Somebody who is not in the register, though their name and phone are of the same kind.
_SOMEBODY_ELSE = re.compile(r"同行|随行|同伴|陪同|接触者|介绍人|雇主|房东")
_SAYS_LITTLE = re.compile(
    r"^(?:时间|日期|地点|地址|人数|户数|数量|次数|名称|姓名|类型|类别|原因|方式|结果|情况|单位|来源地?|去向|其[他它]|今日|当日|累计|新增|在册|已?解除|"
    r"开始|结束|起止?|编号|号码|电话|应.|已.|未.|是否.|有无|状态|等级|金额|备注)(?:时间|日期|人数|数)?$"
)
_OF_GROUP = re.compile(r"(?:基本)?(?:情况|信息|登记)$")
_NAMELESS = re.compile(r"^(?:列|column|字段|unnamed)[\s:：]*\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """How a heading is looked up: `find` in the dictionary; `purpose` for which the form asks; `allowed`: place of a
    column → what its drop-down list offers; `questions`: the dictionary by key."""

    find: Find
    purpose: str
    allowed: Mapping[int, Sequence[str]]
    questions: Mapping[str, QuestionDefinition] = field(default_factory=dict)


def lines_of(header: TableHeader, known: Known) -> tuple[Line, ...]:
    """One line a column. A question is asked once, however many columns carry it."""
    is_of_people = _is_of_people(header)
    columns = [_of_member(column) for column in header.columns]
    leaves = Counter(column.leaf for column, is_member in columns if not is_member)
    taken: set[object] = set()
    lines = []
    for number, (column, is_member) in enumerate(columns, 1):
        line = _line(f"n{number}", column, known, is_of_people or is_member, leaves)
        line = _of_each(line, header.columns[number - 1]) if is_member else line
        if line.kind == ASK:
            own = line.question or (line.new and (line.new.label, line.new.about))
            if own in taken:
                line = replace(line, kind=LEFT, reason="twice", question="")
            taken.add(own)
        lines.append(line)
    asked = [
        known.questions[line.question]
        for line in lines
        if line.kind == ASK and line.question in known.questions
    ]
    return tuple(_with_condition(line, asked, known) for line in lines)


def _of_member(column: HeaderColumn) -> tuple[HeaderColumn, bool]:
    """The column without the number of the member that it is about, and whether it had one."""
    path = tuple(_MEMBER.sub("", part).strip(" .:：、的") for part in column.path)
    if path == column.path or not path[-1]:
        return column, False
    return replace(column, path=tuple(part for part in path if part)), True


def _of_each(line: Line, column: HeaderColumn) -> Line:
    """Shown with the heading that it has; what is new is about a person, and as private as that."""
    new = line.new
    if new is not None and not line.question:
        made = replace(new, about="person")
        new = replace(made, privacy=privacy_of(column.header, made))
    return replace(line, header=column.header, new=new)


def _with_condition(line: Line, asked: Sequence[QuestionDefinition], known: Known) -> Line:
    """A question of the dictionary brings its own condition along when the form asks what it names."""
    question = known.questions.get(line.question)
    if line.kind != ASK or question is None or line.show_if:
        return line
    return replace(line, show_if=usual_condition(question, asked))


def _is_of_people(header: TableHeader) -> bool:
    """A row is a person when it says whose: a name that is not only the head of the household's, an id, a sex."""
    fields = {field_of_path(_plain(column)) for column in header.columns}
    return bool(fields & _PERSON_FIELDS - {"phone"})


def _plain(column: HeaderColumn) -> tuple[str, ...]:
    return tuple(part for part in map(plain_header, column.path) if part)


def _line(id_: str, column: HeaderColumn, known: Known, is_of_people: bool, leaves: Counter[str]) -> Line:
    base = Line(id_, column.header, column.cell, shown(column.samples))
    plain = _plain(column)
    leaf = plain[-1] if plain else ""
    if any(is_refused(part) for part in column.path) or refused_subject(column.header):
        return replace(base, kind=REFUSED, samples=(), reason=refused_subject(column.header) or "refused")
    if not leaf or _NAMELESS.match(leaf):
        return replace(base, kind=LEFT, reason="nameless")
    if kind := _not_asked(plain, leaf):
        return replace(base, kind=kind[0], reason=kind[1])
    known_as = field_of_path(plain)
    if known_as and _SOMEBODY_ELSE.search(leaf):
        known_as = None
    if known_as and known_as not in _STATES:
        return replace(base, kind=REGISTER, reason=known_as)
    heading = read_heading(column.leaf)
    if found := known.find(column.header):
        return _asked_known(base, found, known.purpose, is_marked=heading.is_marked_required)
    if known_as:
        return replace(base, kind=REGISTER, reason=known_as)
    if _REMARK.match(leaf):
        return replace(base, kind=LEFT, reason="remark")
    samples = tuple(text(cell) for cell in column.samples[:LOOKED_AT])
    if sum(map(contents.looks_like_name, samples)) * 2 > len(samples):  # people are nothing to choose from
        samples = ()
    seen = Seen(
        samples,
        tuple(known.allowed.get(column.place, ())),
        is_of_people,
    )
    new = guess_question(column.leaf, seen, group=_group_for(column, leaves))
    if subject := refused_choices(label for _code, label, _english in new.choices):
        return replace(base, kind=REFUSED, samples=(), reason=subject)
    # An empty cell of a table is a gap somebody asks about; only free words are left to who has something to say.
    return replace(base, new=new, is_required=heading.is_marked_required or new.type != "text")


def _asked_known(base: Line, found: QuestionDefinition, purpose: str, *, is_marked: bool) -> Line:
    """A question that serves another purpose only is not borrowed: this form gets one of its own, asked alike."""
    is_required = is_marked or found.type != "text"
    if not purpose or purpose in found.purposes:
        return replace(base, question=found.key, is_required=is_required)
    return replace(base, new=like(found), reason="other_purpose", is_required=is_required)


def like(found: QuestionDefinition) -> NewQuestion:
    return NewQuestion(
        label=found.label,
        about=found.about,
        type=found.type,
        privacy=found.privacy,
        choices=tuple((code, label, label) for code, label in found.choices),
        low=found.low,
        high=found.high,
        unit=found.unit,
        fresh_hours=found.fresh_hours,
        proxy_allowed=found.proxy_allowed,
    )


def settle(line: Line, known: Known) -> Line:
    """The same for a row of an XLSForm: a question of the dictionary is taken when it is asked and answered alike, so
    that the conditions of the form go on meaning the same."""
    new = line.new
    if subject := refused_subject(line.header) or (new and refused_choices(c[1] for c in new.choices)):
        return replace(line, kind=REFUSED, reason=subject, new=None)
    plain = tuple(part for part in (plain_header(line.header),) if part)
    known_as = field_of_path(plain)
    if new and known_as and known_as not in _STATES and new.type in ("text", "date") and len(plain[0]) <= 12:
        return replace(line, kind=REGISTER, reason=known_as, new=None)
    if new and known_as == "sex" and new.type == "choice":
        return replace(line, kind=REGISTER, reason=known_as, new=None)
    if new and plain and not new.choices and (kind := _not_asked(plain, plain[-1])):
        return replace(line, kind=kind[0], reason=kind[1], new=None)
    found = known.find(line.header)
    if (
        new
        and found
        and (found.type, found.about) == (new.type, new.about)
        and known.purpose in found.purposes
    ) and {code for code, _label in found.choices} == {code for code, _zh, _en in new.choices}:
        return replace(line, question=found.key)
    return line


def _not_asked(plain: tuple[str, ...], leaf: str) -> tuple[str, str] | None:
    """(kind, why) of a column that is nobody's answer."""
    if (_DERIVED.search(leaf) and not known_field(leaf)) or leaf in ("序号", "序", "编号", "行号"):
        return DERIVED, "derived"
    if _KEPT.match(leaf):
        return DERIVED, "kept"
    if _ASSIGNED.match(leaf) or (len(plain) > 1 and _ASSIGNED.match(plain[0])):
        return REGISTER, "assigned"
    if _HEAD.match("".join(plain)):
        return REGISTER, "head_name"
    return None


def _group_for(column: HeaderColumn, leaves: Counter[str]) -> str:
    """The group is said with the leaf when the leaf alone does not tell: 来返.时间, or 今日.新增 beside 累计.新增."""
    if not column.group:
        return ""
    leaf, group = plain_header(column.leaf), plain_header(column.path[-2])
    if _DAY.match(group):  # the same for each day of a watch: asked once, in every round
        return ""
    if leaves[column.leaf] > 1 or len(leaf) <= 2 or _SAYS_LITTLE.match(leaf) or is_of_another(column.group):
        return _OF_GROUP.sub("", group) or group
    return ""


def shown(samples: Iterable[Cell]) -> tuple[str, ...]:
    """A few different cells of a column, so that one sees what stands in it, not whose it is."""
    found = dict.fromkeys(contents.masked(cell) for cell in samples)
    return tuple(found)[:SHOWN]
