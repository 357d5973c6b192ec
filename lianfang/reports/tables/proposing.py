"""What each column of a template means, as far as that can be known. What is unsure stays unknown, with proposals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from lianfang.core.refusing import refused_subject
from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.tables.asked import counted_of, value_of
from lianfang.reports.tables.counts import count_of
from lianfang.reports.tables.doses import doses_of
from lianfang.reports.tables.known_figures import figure_of
from lianfang.reports.tables.labels import SERIAL
from lianfang.reports.tables.layout import TemplateColumn, TemplateSheet
from lianfang.reports.tables.meaning import UNKNOWN, Catalogue, Meaning, Proposal
from lianfang.reports.tables.phrases import OFFICER, Phrase, field_of, label_of, phrase_of
from lianfang.reports.tables.sums import by_legend, share_of, sum_of

SURE = 0.6
_Candidate = tuple[Meaning, float, tuple[Meaning, ...]]
PLACES = ("county", "township", "village", "group", "grid", "estate", "section", "building")
_OF_ROWS = ("person", "household")
_REMARK = re.compile(r"[Rr]emarks?|备注|说明|签[字名章]|照片|盖章|附件")
_CODE = re.compile(r"(?:行政)?区划代码|(?:村|社区|乡镇|机构)(?:社区)?代码|统计用区划代码|编码")
_AGE = re.compile(r"年龄|周岁|岁数|年纪|实足年龄|年龄周?岁?")
_HEAD_PHONE = re.compile(r"户主.{0,4}(?:电话|手机|联系方式)")
_HEAD_ID = re.compile(r"户主.{0,4}(?:身份证|证件|公民身份)")
_MEMBERS = re.compile(
    r"(?:家庭|户内|同住|户籍|家中)?(?:人口|人数|成员|人员)(?:总?数|数量)?|家庭成员人数|同住人数|家庭总人口"
)
# Who answers for the area of a row, by what tables call them. 书记 and 村医 hold an office: that is another list.
ANSWERS = re.compile(
    r"(?:包[村保联抓挂片]|驻村|联村|村级|排查|摸排|具体|直接)?(?:责任人|负责人|责任干部|联系干部|干部)(?:姓名)?|(?:包村|驻村|联村)(?:领导|人)"
)
OF_DOORS = re.compile(
    r"(?:包[户保联组抓]|网格|联户|结对|帮扶|走访|排查|摸排)?(?:责任人|负责人|责任干部|干部)(?:姓名)?|包[保户联]人(?:姓名)?|网格(?:员|长)(?:姓名)?"
)
_SELF_FIELDS = frozenset(
    ("name", "id_number", "phone", "sex", "birth_on", "relation", "head_name", "registered_place")
)
_WITHIN = ("is_registered_here", "is_living_here", "is_here_tonight")
_VISITED = re.compile(
    r"(?:最近|末次|上次|最后)?(?:一次)?(?:入户|上门)?(?:走访|摸排|排查|入户|上门|家访|核查)(?:日期|时间|日)"
)
_ADDRESS = ("present_place", "label")
# What nobody at a door can answer.
_NOT_AT_A_DOOR = re.compile(
    r"资金|经费|金额|万元|物资|库存|采购|发放|捐赠|消杀|消毒|宣传|广播|横幅|督查|督导|问责|会议|培训|投入|车辆|卡口|出动|设置|建立|"
    r"检查|执法|处罚|案件|床位|储备|支出|收入|面积|产量|公示|整改|设备|队伍|值班|学校数|班级|企业数|床|亩"
)
_BY_STAFF = re.compile(
    r"^(?:走访|填[报表写]|登记|核查|调查|经办|审核|包保|包联|负责|责任|录入|采集|摸排|排查|核实|报送|联系|网格)(?:人|员|时间|日期|单位|干部|领导)"
    r"|^(?:日期|时间)$"
)
_OF_AN_AGE = re.compile(r"\d+周?岁")
_COMPUTED = re.compile(r"率$|占比$|比例$|指数$|平均|人均|户均")
_OF_OTHER_SYSTEMS = re.compile(
    r"核酸|采样|抗原|隔离|密接|密切接触|确诊|疑似|病例|阳性|健康监测|医学观察|赋码|劝返|拦截|检疫|就诊|收治|出院|门诊|应种|目标人"
)
# What desk tables can read of a person or a household (reports/queries/table_values/names.py).
OFFERED = frozenset(
    [
        *("name", "id_number", "phone", "sex", "birth_on", "age", "relation", "reference", "head_name"),
        *("is_registered_here", "is_living_here", "is_here_tonight", "registered_place", "present_place"),
        *("household_reference", "household_kind", "collective_kind", "expected_count", "contact_phone"),
        *("label", "unit", "floor", "room", "walk_order", "door", "head_phone", "head_id_number"),
        "visited_on",
    ]
)


def is_area_row(row_kind: str) -> bool:
    return row_kind in ("village", "township", "group", "grid", "county")


def propose(sheet: TemplateSheet, catalogue: Catalogue) -> tuple[Proposal, ...]:
    """One for each column, in their order."""
    naming = _naming_columns(sheet)
    sheet = _with_its_subject(sheet)
    whole = sheet
    # 应排查户数 below 杨梅村 asks the same as below 田心村: of which place is said beside the path.
    sheet = replace(sheet, columns=tuple(_without_place(column) for column in sheet.columns))
    catalogue = replace(catalogue, questions=_newest(catalogue.questions))
    found = [_proposal(sheet, place, catalogue, naming) for place in range(len(sheet.columns))]
    additive = [_is_additive(proposal, column) for proposal, column in zip(found, sheet.columns, strict=True)]
    for place, proposal in enumerate(found):
        # Beside places a 合计 is of what the sheet shows, not of the whole area.
        is_beside = not whole.columns[place].place and any(column.place for column in whole.columns)
        if proposal.meaning.kind == "unknown" or (is_beside and proposal.meaning.kind == "register"):
            found[place] = _from_others(whole, place, proposal, additive)
    return tuple(found)


def _without_place(column: TemplateColumn) -> TemplateColumn:
    if not column.place:
        return column
    path = tuple(part for part in column.path if part != column.place)
    return replace(column, path=path or column.path)


def _newest(questions: Sequence[QuestionDefinition]) -> tuple[QuestionDefinition, ...]:
    """One version of each: the names of an older one would make every header ambiguous."""
    found: dict[str, QuestionDefinition] = {}
    for question in questions:
        if question.key not in found or found[question.key].version < question.version:
            found[question.key] = question
    return tuple(found.values())


def _with_its_subject(sheet: TemplateSheet) -> TemplateSheet:
    """A form with 姓名 or 身份证号 is about one person: nothing in it is a count."""
    if sheet.row_kind != "single":
        return sheet
    fields = {field_of(column.path) for column in sheet.columns}
    if fields & {"name", "id_number"}:
        return replace(sheet, row_kind="person")
    return replace(sheet, row_kind="household") if "head_name" in fields else sheet


def _proposal(sheet: TemplateSheet, place: int, catalogue: Catalogue, naming: dict[int, str]) -> Proposal:
    column = sheet.columns[place]
    said = _certain(sheet, place, naming)
    if said is not None:
        meaning, why = said
        return Proposal(place, meaning, 1.0 if meaning.kind != "unknown" else 0.0, (), why)
    phrase = phrase_of(column.path)
    candidates = [*_candidates(sheet, column, phrase, catalogue)]
    candidates.sort(key=lambda found: -found[1])
    best = candidates[0] if candidates else None
    if best is not None and best[1] >= SURE:
        others = _others(best[0], best[2], candidates[1:])
        return Proposal(place, best[0], round(best[1], 2), others, _why(best[0], column, catalogue))
    others = _others(UNKNOWN, (), candidates)
    return _unknown(place, column, phrase, others, sheet.row_kind)


def _others(best: Meaning, said: Sequence[Meaning], rest: Sequence[_Candidate]) -> tuple[Meaning, ...]:
    all_others = [
        *said,
        *[meaning for meaning, _c, _o in rest],
        *[more for _m, _c, others in rest for more in others],
    ]
    return tuple(dict.fromkeys(meaning for meaning in all_others if meaning != best))[:4]


def _naming_columns(sheet: TemplateSheet) -> dict[int, str]:
    """Of listed rows of places: the columns that hold their names → the level."""
    if not sheet.listed or sheet.row_kind in (*_OF_ROWS, "single", ""):
        return {}
    found: dict[int, str] = {}
    for place in range(len(sheet.columns)):
        labels = sum(bool(row.cells) and row.cells[place] == row.label for row in sheet.listed)
        outer = sum(bool(row.within) and row.cells[place] == row.within for row in sheet.listed if row.cells)
        if labels * 5 > len(sheet.listed) * 4 and sheet.row_kind not in found.values():
            found[place] = sheet.row_kind
        elif outer * 5 > len(sheet.listed) * 4:
            found[place] = {
                "group": "village",
                "grid": "village",
                "village": "township",
                "township": "county",
            }.get(sheet.row_kind, "county")
    return found


def _certain(sheet: TemplateSheet, place: int, naming: dict[int, str]) -> tuple[Meaning, str] | None:
    """What does not need the catalogue."""
    column = sheet.columns[place]
    if place in naming:
        return Meaning("place", naming[place]), _("表里已经写好每行是哪里。")
    if column.formula:
        return Meaning("formula"), _("模板自带公式，照原样留着。")
    if refused_subject(column.label) or any(refused_subject(part) for part in column.path):
        return UNKNOWN, _("这一项不得收集，留空。")
    leaf = column.path[-1]
    if SERIAL.fullmatch(leaf):
        return Meaning("number"), _("按顺序编号。")
    if legend := by_legend(sheet.columns, place):
        return legend, _("按表头下面的“%s”计算。") % column.letters
    if _REMARK.fullmatch(leaf) or (_REMARK.search(leaf) and len(leaf) <= 4):
        return UNKNOWN, _("由填表人自己写，留空。")
    return None


def _candidates(
    sheet: TemplateSheet, column: TemplateColumn, phrase: Phrase, catalogue: Catalogue
) -> list[_Candidate]:
    label = column.label
    found: list[_Candidate | None] = [_place_of(sheet, column, phrase)]
    if sheet.row_kind in _OF_ROWS:
        found.append(_field_of(sheet, column, phrase))
        own = [one for one in catalogue.questions if one.about in ("household", sheet.row_kind)]
        found.append(value_of(label, own))
        if sheet.row_kind == "household":
            found.append(_within_household(phrase, label, catalogue))
            found.append(_members_of(phrase, column))
    else:
        known = figure_of(phrase, column.unit, catalogue.figures)
        found.append(known)
        found.append(count_of(phrase, column.path, sheet.title + sheet.name))
        found.append(doses_of(phrase, sheet.title + sheet.name, catalogue.questions))
        asked = counted_of(phrase, label, catalogue.questions)
        if asked and asked[0].measure == "sum" and column.unit.startswith("户"):
            asked = None  # 发现积水（户）: what is added up of households are not households
        if asked and known and known[1] >= SURE:  # 外地返回人员: the figure is what is told upward
            asked = (asked[0], min(asked[1], known[1] - 0.01), asked[2])
        found.append(asked)
    if sheet.row_kind not in _OF_ROWS and _OF_AN_AGE.search(sheet.title):
        found = [one and _of_some(one) for one in found]
    return [one for one in found if one is not None]


def _of_some(found: _Candidate) -> _Candidate:
    """In a table about those of an age, what is counted of everybody is too much."""
    return found if found[0].kind in ("place", "register") else (found[0], min(found[1], 0.5), found[2])


def _place_of(sheet: TemplateSheet, column: TemplateColumn, phrase: Phrase) -> _Candidate | None:
    if is_area_row(sheet.row_kind) and ANSWERS.fullmatch(phrase.core) and not phrase.groups:
        return Meaning("place", "answers"), 0.75, ()
    if (
        sheet.row_kind in (*_OF_ROWS, "group", "grid")
        and OF_DOORS.fullmatch(phrase.core)
        and not phrase.groups
    ):
        return Meaning("place", "answers"), 0.75, ()
    field = field_of(column.path)
    if field in PLACES and field is not None:
        if sheet.row_kind == "single" and len(column.path) > 1:
            return None
        return Meaning("place", field), 0.95, ()
    if field == "village_code" or _CODE.fullmatch(phrase.core):
        return Meaning("place", "code"), 0.9, ()
    if re.fullmatch(r"(?:所[属在])?(?:县|区县|县区|县市区|县级|市县)(?:名称)?", phrase.core):
        return Meaning("place", "county"), 0.95, ()
    if is_area_row(sheet.row_kind) and re.fullmatch(
        r"(?:填报|报送|上报|所属|所在)?(?:单位|地区|辖区|区域|行政区划|区划)(?:名称)?|名称", phrase.core
    ):
        return Meaning("place", sheet.row_kind), 0.8, ()
    return None


def _field_of(sheet: TemplateSheet, column: TemplateColumn, phrase: Phrase) -> _Candidate | None:
    """A field of the person or the household."""
    whole = "".join(column.path)
    if _HEAD_PHONE.search(whole):
        return _value("head_phone"), 0.95, ()
    if _HEAD_ID.search(whole):
        return _value("head_id_number"), 0.95, ()
    if _AGE.fullmatch(phrase.core) and not phrase.groups:
        return _value("age"), 0.95, ()
    if _VISITED.fullmatch(phrase.core) and not phrase.groups:
        return _value("visited_on"), 0.85, ()
    field = field_of(column.path)
    if field in _WITHIN and sheet.row_kind == "household" and not re.match(r"是否|有无", column.path[-1]):
        return _value(field), 0.5, ()
    if field in _ADDRESS:
        return _value("door"), 0.85, (_value("present_place"),)
    if field == "name" and sheet.row_kind == "household":
        return _value("head_name"), 0.9, ()
    if sheet.row_kind == "household" and field in ("phone", "id_number"):
        return _value(f"head_{field}"), 0.85, ()
    if sheet.row_kind == "household" and not phrase.groups and _MEMBERS.fullmatch(phrase.core):
        return Meaning("register", "people_count", measure="value"), 0.85, ()
    if field not in OFFERED or field is None:
        return None
    return _value(field), 0.95 if field in _SELF_FIELDS else 0.85, ()


def _within_household(phrase: Phrase, label: str, catalogue: Catalogue) -> _Candidate | None:
    """How many of a household said so: 发热人数 in a row of one household."""
    found = counted_of(phrase, label, [one for one in catalogue.questions if one.about == "person"])
    return found and (found[0], found[1] * 0.9, found[2])


def _members_of(phrase: Phrase, column: TemplateColumn) -> _Candidate | None:
    """How many of a household are registered here, 60 or older, men …: 户籍人口 in its row is a number, no 是 or 否."""
    if re.match(r"是否|有无", column.path[-1]) or column.choices:
        return None
    found = count_of(phrase, column.path, "")
    if found is None or found[0].key in ("household_count", "people_count"):
        return None
    return found[0], min(found[1], 0.9), found[2]


def _value(key: str) -> Meaning:
    return Meaning("register", key, measure="value")


# ---------- columns that follow from others ----------


def _is_additive(proposal: Proposal, column: TemplateColumn) -> bool:
    meaning = proposal.meaning
    if meaning.kind == "register":
        return meaning.measure == "count" or meaning.key in ("people_count", "household_count")
    if meaning.kind == "question":
        return meaning.measure in ("sum", "count")
    if meaning.kind == "unknown":
        return not _REMARK.search(column.path[-1])
    if meaning.kind == "figure":
        return not _COMPUTED.search(phrase_of(column.path).core) and column.unit not in ("%", "％")
    return meaning.kind == "formula" and meaning.text.startswith("sum")


def _from_others(sheet: TemplateSheet, place: int, proposal: Proposal, additive: Sequence[bool]) -> Proposal:
    columns = sheet.columns
    if summed := sum_of(columns, place, additive):
        names = "、".join(columns[number].path[-1] for number in _places(summed))
        return Proposal(place, summed, 0.8, proposal.others, _("同组各列相加：%s。") % names)
    if share := share_of(columns, place):
        names = " ÷ ".join(columns[number].path[-1] for number in _places(share))
        return Proposal(place, share, 0.8, proposal.others, _("由另两列算出：%s。") % names)
    return proposal


def _places(meaning: Meaning) -> list[int]:
    return [int(part) for part in meaning.text.partition(":")[2].split(",")]


# ---------- why ----------


def _why(meaning: Meaning, column: TemplateColumn, catalogue: Catalogue) -> str:
    said = column.label
    if meaning.kind == "figure":
        name = next(
            (figure.names[0] for figure in catalogue.figures if figure.key == meaning.key), meaning.key
        )
        return _("表头“%(said)s”就是指标“%(name)s”。") % {"said": said, "name": name}
    if meaning.kind == "question":
        label = next((one.label for one in catalogue.questions if one.key == meaning.key), meaning.key)
        if meaning.measure == "value":
            return _("表头“%(said)s”就是上门问的“%(name)s”。") % {"said": said, "name": label}
        return _("由上门问的“%(name)s”合计得出。") % {"name": label}
    if meaning.kind == "register":
        return _("底册里有。") if meaning.measure == "value" else _("按底册计数。")
    return _("按责任分工，是这个辖区的责任人。") if meaning.key == "answers" else _("按表头是所在辖区。")


def _unknown(
    place: int, column: TemplateColumn, phrase: Phrase, others: tuple[Meaning, ...], row_kind: str
) -> Proposal:
    label = label_of(column.path)
    if OFFICER.search(label):
        said = (
            _("“%s”：工作人员的电话不进报表，要由人填。")
            if re.search(r"电话|手机|联系方式|号码", label)
            else _("“%s”是工作人员，不在底册里，要由人填。")
        )
        return Proposal(place, UNKNOWN, 0.0, others, said % label)
    if phrase.span == "other":
        return Proposal(place, UNKNOWN, 0.0, others, _("只有当天和累计的数，没有“%s”。") % column.label)
    if _COMPUTED.search(phrase.core):
        said = _("“%s”要由别的数算出来：在模板里写上公式，或选“占比：一列÷另一列”。")
        return Proposal(place, UNKNOWN, 0.0, others, said % label)
    if _BY_STAFF.search(phrase.core):
        said = _("“%s”由填表的人写，底册和上门记录里没有。")
        return Proposal(place, UNKNOWN, 0.0, others, said % label)
    if row_kind not in _OF_ROWS and _OF_OTHER_SYSTEMS.search(label):
        said = _("“%s”由别的系统或部门统计，上门也问不到，要由人填。")
        return Proposal(place, UNKNOWN, 0.0, others, said % label)
    if row_kind not in _OF_ROWS and _NOT_AT_A_DOOR.search(label):
        said = _("“%s”是单位自己掌握的数，上门也问不到，要由人填。")
        return Proposal(place, UNKNOWN, 0.0, others, said % label)
    meaning = Meaning("unknown", text=label)
    return Proposal(
        place, meaning, 0.0, others, _("还没有问过“%s”。加成一个填报项，下次上门一起问，就能填。") % label
    )
