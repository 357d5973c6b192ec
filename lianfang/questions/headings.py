"""What somebody wrote over a column, as a question: label, type, choices, unit, whom it is about. Pure.

Guesses, to be looked at: a wrong type is put right in a second, a wrong privacy class is not noticed, so that one is
guessed on the careful side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lianfang.questions.drafting import LONGEST_LABEL, MOST_CHOICES, NewQuestion, words

UNNAMED = "未命名的一项"  # of a heading without a letter in it
_BRACKETS = re.compile(r"[(（\[【〔<《]([^()（）\[\]【】〔〕<>《》]*)[)）\]】〕>》]")
_ORDINAL = re.compile(r"^\s*(?:第?[0-9]{1,2}|[一二三四五六七八九十]{1,3}|[①-⑳])\s*[.、．)）:：]\s*|^[①-⑳]\s*")
_OF_WHICH = re.compile(r"^\s*其中\s*[:：]?\s*")
_MARKS = re.compile(r"[*＊★☆※]")
_CUT = re.compile(r"\s*[/／、，,；;|｜\n]\s*|\s+或\s*|(?<=[一-鿿])或(?=[一-鿿])")
_NUMBERED = re.compile(
    r"(?:^|[\s、，,；;/／.]*)(?:[0-9]{1,2}\s*[.、．:：=＝)）\-]?|[①-⑳]|[A-Ha-h]\s*[.、．:：=＝])\s*(?=[^\d\s./、])"
)
_BOXES = re.compile(r"[□○☐◯〇▢]")
_HINT = re.compile(
    r"^(?:请|如|例|例如|格式|必填|选填|可选|可不填|单选|多选|可多选|不定项|填|按|注|说明|详见|见|须|需|精确|具体|自填|下同|"
    r"文本|数字|整数|年月日|年/月/日|yyyy|YYYY|下拉|手填|公历|阳历|没有|无则|若)"
)
_SEVERAL = re.compile(r"可多选|多选|不定项|可选多项")
_UNITS = words(
    "℃ °C ° 人 户 元 万元 平方米 ㎡ m2 平方 亩 公斤 千克 kg KG 斤 克 天 日 次 剂 针 个 只 头 口 台 辆 套 张 份 岁 月 年 小时 分钟 厘米 "
    "cm CM 米 mmHg mmol/L 瓶 箱 袋 件 人次 户次 处 条 棵 升 %"
)
_COUNTED = words("人 户 天 日 次 剂 针 个 只 头 口 台 辆 套 张 份 瓶 箱 袋 件 人次 户次 处 条 棵")
YES = words("是 有 √ ✓ ✔ 对 已 能 会 需要 要 愿意 同意 在 y yes true 1")
NO = words("否 无 没有 × ✗ 不 未 不是 不能 不会 不需要 不要 不愿意 不同意 不在 n no false 0")
_PAIRS = (
    ("是", "否"),
    ("有", "无"),
    ("有", "没有"),
    ("√", "×"),
    ("是", "不是"),
    ("能", "否"),
    ("能", "不能"),
    ("需要", "不需要"),
    ("愿意", "不愿意"),
    ("同意", "不同意"),
    ("已", "未"),
    ("y", "n"),
    ("yes", "no"),
    ("在", "不在"),
    ("会", "不会"),
    ("要", "不要"),
)
_BOOLEAN = re.compile(
    r"是否|有无|有没有|是不是|能否|可否|会否|与否|要不要|能不能|会不会|需不需要|愿不愿意|吗[？?]?$|^已?有.{1,8}否$"
)
_MEASURES: tuple[tuple[re.Pattern[str], float, float, str], ...] = (
    (re.compile(r"体温|腋温|额温|耳温"), 34, 43, "℃"),
    (re.compile(r"收缩压|高压"), 50, 260, "mmHg"),
    (re.compile(r"舒张压|低压"), 30, 160, "mmHg"),
    (re.compile(r"血糖"), 1, 35, "mmol/L"),
    (re.compile(r"血氧"), 50, 100, "%"),
    (re.compile(r"体重"), 1, 300, "公斤"),
    (re.compile(r"身高"), 30, 250, "厘米"),
    (re.compile(r"面积"), 0, 100_000, "平方米"),
    (re.compile(r"金额|费用|收入|支出|工资|补助|欠款"), 0, 10_000_000, "元"),
    (re.compile(r"温度"), -50, 100, "℃"),
)
_NOT_MEASURED = re.compile(r"(?:来源|原因|方式|情况|类型|类别|名称|等级|去向|地点|说明)$")
_ENGLISH_BOOLEAN = re.compile(r"^(?:do|does|did|is|are|was|were|has|have|had|can|any)\b", re.IGNORECASE)
_ENGLISH_COUNT = re.compile(r"\b(?:number of|how many|count|no\. of|times)\b", re.IGNORECASE)
_DATE = re.compile(
    r"日期|时间|时刻|何时|几号|哪天|年月日|年月$|(?:出发|离开|到达|抵达|返回|返乡|来|回|截止|开始|结束|解除|接种|采样|检测|发病|"
    r"确诊|出院|入院|隔离)日$"
)
_SPELL = re.compile(r"时长|时间长|多久|多长时间|(?:停留|持续|观察|隔离|耗|用)时间?$|小时数|分钟数")
_COUNT = re.compile(
    r"(?:人|户|次|天|数|剂|针|个|只|头|口|台|辆|套|张|份|件|床|栋|间|层|车|瓶|箱|袋|处|岁)数|数量|剂次|针次|次数|人次|总数|人口$|"
    r"(?<![分指系参岁])数$|几(?:人|个|次|剂|天|针|头|只|口|户|辆|间|岁|条|台|张|处|套|层)|有几|多少|第几"
)
_SENSITIVE = re.compile(
    r"症状|发热|发烧|咳嗽|体温|病|疾|核酸|抗原|阳性|阴性|检测结果|检验|孕|产妇|残疾|残障|透析|接触史?|密接|旅居|轨迹|用药|服药|过敏|"
    r"禁忌|精神|心理|艾滋|结核|肝炎|手术|住院|血|健康码|健康状况|身体|低保|贫困|困难|救助|收入|工资|金额|银行|账号|密码|证件|身份证|"
    r"电话|手机|微信|地址|住址|去向|行程|车牌|航班|车次|隔离"
)
_HOUSEHOLD = re.compile(
    r"[本全每该一]户|户(?:数|内|均|主|籍人)|家庭|全家|家中|家里|住房|房屋|房子|房前|屋|院|门前|门口|水源|饮水|饮用水|厕所|垃圾|猪|鸡|鸭|狗|"
    r"犬|猫|牲畜|畜禽|家禽|养殖|宠物|人数|几人|多少人|人口|积水|水缸|花盆|轮胎|蚊|鼠|蝇|燃气|煤气|用电|电器|消毒|物资|粮|同住|租客|出租|空置|"
    r"门牌|楼|井|沼气|化粪"
)
_PERSON = re.compile(
    r"本人|人员|患者|居民|对象|武汉|湖北|返邵|来邵|境外|外省|体温|发热|发烧|咳嗽|症状|接种|剂次|剂|针|疫苗|核酸|抗原|单位|职业|工种|学校|年级|班级|健康|慢病|慢性|疾病|病史|孕|残疾|透析|返乡|"
    r"来返|去向|外出|务工|打工|航班|车次|车牌|交通|旅居|行程|接触|密接|隔离|随访|禁忌|过敏|婚姻|文化程度|学历|是否在家|在校|来自|出发|抵达|离开|"
    r"用药|服药|禁忌|症"
)
_DAILY = re.compile(r"今日|今天|当日|当天|体温|发热|发烧|咳嗽|症状|血压|血糖|早|晚")
_LASTING = re.compile(
    r"房屋|住房|厕所|水源|饮水|残疾|慢病|慢性|疾病史|病史|过敏|禁忌|学历|文化|婚姻|职业|单位|学校|接种|剂|疫苗|面积|养|猪|犬|狗|电器"
)
_CODES = {
    "是": "yes",
    "否": "no",
    "有": "yes",
    "无": "none",
    "没有": "none",
    "其他": "other",
    "其它": "other",
    "不详": "unknown",
    "不清楚": "unknown",
    "未知": "unknown",
    "男": "male",
    "女": "female",
}
# A bracket may hold what belongs under the heading, not what is chosen from: 来返（来源地,离开日,抵达日）.
_PARTS_OF = re.compile(
    r"(?:地|地点|日|日期|时间|方式|班次|原因|姓名|电话|号码|同行人|单位|名称|数量|人数|备注)$"
)
_MANY = re.compile(
    r"特殊人群|症状|需求|需要|要帮|困难|慢性?病|基础病|疾病|物资|帮助"
)  # more than one is true of many
_OF_NAMES = re.compile(r"姓名|名字|联系人|负责人|监护人")
_IS_DATE = re.compile(r"\d{4}[-./年]\d{1,2}(?:[-./月]\d{1,2}日?)?(?:[T ].*)?|\d{1,2}月\d{1,2}日?")
_IS_INTEGER, _IS_DECIMAL = re.compile(r"-?\d{1,7}"), re.compile(r"-?\d{1,7}\.\d{1,4}")
FEW = 6  # distinct values; more is free text that happens to repeat
LONGEST_CHOICE = 16


@dataclass(frozen=True)
class Heading:
    """A heading taken apart: 《3.居住类别（自住/出租/空置）*》. `options` in their order; `unit` of a number."""

    label: str
    options: tuple[str, ...] = ()
    unit: str = ""
    is_several: bool = False
    is_marked_required: bool = False
    hints: tuple[str, ...] = field(default=())


def read_heading(text: str) -> Heading:
    """Label, choices, unit and hints of what somebody wrote over a column."""
    said_lines = [line.strip() for line in text.replace("\u3000", " ").split("\n") if line.strip()]
    below = " ".join(said_lines[1:]).strip("()（）[]【】 ")
    if listed := options_in(below):  # the choices stand on the lines below the name
        text = f"{said_lines[0]}（{'/'.join(listed)}）" + "（可多选）" * bool(_SEVERAL.search(below))
    plain = " ".join(text.replace("\u3000", " ").replace("\n", " ").split())
    marked = bool(_MARKS.search(plain)) or "必填" in plain
    rest = _ORDINAL.sub("", _MARKS.sub("", plain)) or plain
    options: tuple[str, ...] = ()
    unit, hints = "", []
    for said in _BRACKETS.findall(rest):
        inside = said.strip()
        if not inside:
            continue
        if inside in _UNITS or inside.removeprefix("单位").strip(":： ") in _UNITS:
            unit = inside.removeprefix("单位").strip(":： ")
        elif not options and (found := options_in(inside)):
            options = found
        else:
            hints.append(inside)
    label = _OF_WHICH.sub("", _BRACKETS.sub("", rest)).strip(" :：、，,;；。.？?")
    if not options:
        label, options = _options_behind(label)
    if not label:
        label = (_BRACKETS.sub(r"\1", rest)).strip(" :：") or plain or UNNAMED
    return Heading(
        label[:LONGEST_LABEL],
        options,
        unit,
        is_several=bool(_SEVERAL.search(plain)),
        is_marked_required=marked,
        hints=tuple(hints),
    )


def _options_behind(label: str) -> tuple[str, tuple[str, ...]]:
    """居住类别：自住/出租/空置, 是否在家□是□否, 去向 1本地 2外省: what is chosen from stands behind the name."""
    if (boxes := _BOXES.search(label)) and boxes.start() > 0:
        parts = tuple(part.strip(" ,，、;；/") for part in _BOXES.split(label)[1:])
        named = label[: boxes.start()].strip(" :：")
        if named and len(kept := tuple(part for part in parts if part)) >= 2:
            return named, kept
    name, space, behind = label.partition(" ")
    if space and re.search(r"[/／]", behind) and (found := options_in(behind)):
        return name.strip(" :："), found
    name, colon, behind = label.partition("：") if "：" in label else label.partition(":")
    if colon and name.strip() and (found := options_in(behind)):
        return name.strip(), found
    return label, ()


def options_in(text: str) -> tuple[str, ...]:
    """自住/出租/空置, 1自住 2出租 3空置, A.有 B.无 → the options; () when it lists none."""
    said = text.strip(" 。.")
    said = re.sub(
        r"^(?:请?(?:选择?|填写?|勾选)[:： ]*|可多选[,，:：; ]*|单选[,，:： ]*|选项[:： ]*)", "", said
    )
    if (prefix := re.match(r"[^:：/／、，,\d]{1,8}[:：]", said)) and options_in(said[prefix.end() :]):
        said = said[prefix.end() :].strip()
    if _BOXES.search(said):
        parts = [part for part in _BOXES.split(said) if part.strip()]
    elif len(_NUMBERED.findall(said)) >= 2 and not re.fullmatch(r"[\d\s/、,，;；.-]+", said):
        parts = [part for part in _NUMBERED.split(said) if part.strip()]
    else:
        parts = _CUT.split(said)
    kept = [part.strip(" ,，、;；/：:。") for part in parts]
    kept = [part for part in dict.fromkeys(kept) if part and part not in ("等", "…", "...")]
    if len(kept) < 2 or len(kept) > MOST_CHOICES or any(len(part) > LONGEST_CHOICE for part in kept):
        return ()
    if any(_HINT.match(part) for part in kept[:1]) or re.fullmatch(r"(?:年|月|日|时|分|秒)+", "".join(kept)):
        return ()
    if all(part in _UNITS for part in kept) and not any(part in YES | NO for part in kept):
        return ()
    if sum(bool(_PARTS_OF.search(part)) for part in kept) * 2 > len(kept):
        return ()
    return tuple(kept)


def is_yes_no(options: Sequence[str]) -> bool:
    low = [option.strip().lower() for option in options]
    return len(low) == 2 and any(set(low) == set(pair) for pair in _PAIRS)


def choices_of(options: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Options with codes of their own: a word where it is a common one, else a number."""
    made: dict[str, tuple[str, str, str]] = {}
    for number, option in enumerate(dict.fromkeys(options), 1):
        code = _CODES.get(option, f"c{number}")
        if code in made:
            code = f"c{number}"
        made[code] = (code, option, option)
    return tuple(made.values())[:MOST_CHOICES]


@dataclass(frozen=True)
class Seen:
    """What a file knows of a column besides its heading: cells as text, and what a drop-down list allows."""

    samples: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    is_of_people: bool = False  # a row of the table is a person


def guess_question(header: str, seen: Seen = Seen(), *, group: str = "") -> NewQuestion:
    """What a column without a question in the dictionary would ask. `group`: the heading above (来返人员)."""
    heading = read_heading(header)
    whole = group + heading.label
    label = heading.label if not group or group in heading.label else f"{group}{heading.label}"
    made = NewQuestion(label[:LONGEST_LABEL], about=about_of(whole, is_of_people=seen.is_of_people))
    made = _typed(made, heading, seen, whole)
    hours = 24 if _DAILY.search(whole) else 720 if _LASTING.search(whole) else 72
    return replace(made, privacy=privacy_of(whole, made), fresh_hours=hours)


def about_of(text: str, *, is_of_people: bool) -> str:
    """A count of people is the household's; else what the words say, else what a row of the table is."""
    if _HOUSEHOLD.search(text):
        return "household"
    if is_of_people or _PERSON.search(text):
        return "person"
    return "household"


def privacy_of(text: str, question: NewQuestion) -> str:
    """On the careful side: health, means and whereabouts are sensitive, and so are free words, which may hold
    anything. A person may lower it, one question at a time."""
    if (
        question.type == "text"
        or _SENSITIVE.search(text)
        or any(_SENSITIVE.search(c[1]) for c in question.choices)
    ):
        return "sensitive"
    return "personal" if question.about == "person" else "plain"


def _typed(made: NewQuestion, heading: Heading, seen: Seen, whole: str) -> NewQuestion:
    options = seen.allowed or heading.options
    if options:
        if is_yes_no(options):
            return replace(made, type="boolean")
        if numbers := _all_numbers(options):
            return replace(made, type="integer", low=numbers[0], high=numbers[1], unit=heading.unit)
        several = "choices" if heading.is_several or (_MANY.search(whole) and len(options) > 2) else "choice"
        return replace(made, type=several, choices=choices_of(options))
    by_words = _by_words(made, heading, whole)
    by_cells = _by_cells(made, seen.samples, whole)
    if by_words is None:
        return by_cells or made
    # 是否返乡 over cells that say 已返、将返、未返 asks for one of three.
    if by_cells and by_words.type == "boolean" and by_cells.type in ("choice", "date"):
        return by_cells
    if by_cells and by_words.type == "integer" and by_cells.type == "decimal":
        return replace(by_words, type="decimal")
    return by_words


def _all_numbers(options: Sequence[str]) -> tuple[int, int] | None:
    """0/1/2/3 is a count, not a choice of four."""
    found = [int(option) for option in options if re.fullmatch(r"\d{1,3}", option)]
    return (min(found), max(found)) if len(found) == len(options) >= 2 else None


def _by_words(made: NewQuestion, heading: Heading, whole: str) -> NewQuestion | None:
    label = heading.label
    if _BOOLEAN.search(label) or _ENGLISH_BOOLEAN.search(label):
        return replace(made, type="boolean")
    if _ENGLISH_COUNT.search(label):
        return replace(made, type="integer", low=0, high=9999, unit=heading.unit)
    if re.search(r"\b(?:date|when)\b", label, re.IGNORECASE):
        return replace(made, type="date")
    if _NOT_MEASURED.search(label):
        return None
    for pattern, low, high, unit in _MEASURES:
        if pattern.search(whole):
            return replace(made, type="decimal", low=low, high=high, unit=heading.unit or unit)
    if _SPELL.search(label) and not any(re.search("年|月|日", hint) for hint in heading.hints):
        return replace(
            made, type="integer", low=0, high=9999, unit=heading.unit or "小时" * ("小时" in label)
        )
    if heading.unit in _COUNTED and not _DATE.search(label):
        return replace(made, type="integer", low=0, high=_most(whole), unit=heading.unit)
    if _DATE.search(label) or any(re.match(r"年月日|年/月/日|[yY]{4}", hint) for hint in heading.hints):
        return replace(made, type="date")
    if _COUNT.search(whole) or any("整数" in hint for hint in heading.hints):
        return replace(made, type="integer", low=0, high=_most(whole), unit=heading.unit)
    if heading.unit:
        return replace(made, type="decimal", low=0, high=1_000_000, unit=heading.unit)
    return None


def _most(text: str) -> float:
    """The most that a count may say: a slip of the finger is refused at the door, a true number never."""
    if re.search(r"剂|针", text):
        return 9
    if re.search(r"人数|几人|多少人|[^\d]人$|口", text):
        return 99
    return 366 if re.search(r"天", text) else 9999


def _by_cells(made: NewQuestion, samples: Sequence[str], whole: str) -> NewQuestion | None:
    said = [sample.strip() for sample in samples if sample.strip()]
    distinct = list(dict.fromkeys(said))
    if not said:
        return None
    if (
        len(said) >= 2
        and {each.lower() for each in distinct} <= YES | NO
        and not all(s in "01" for s in said)
    ):
        return replace(made, type="boolean")
    if all(_IS_DATE.fullmatch(each) for each in said):
        return replace(made, type="date")
    if len(said) >= 2 and all(_IS_INTEGER.fullmatch(each) for each in said):
        return replace(
            made, type="integer", low=min(0, *map(int, said)), high=max(_most(whole), *map(int, said))
        )
    if len(said) >= 2 and all(_IS_DECIMAL.fullmatch(each) or _IS_INTEGER.fullmatch(each) for each in said):
        return replace(
            made, type="decimal", low=min(0.0, *map(float, said)), high=max(9999.0, *map(float, said))
        )
    repeats = len(said) >= 4 and 2 <= len(distinct) <= FEW and len(distinct) * 2 <= len(said)
    is_short = all(len(each) <= LONGEST_CHOICE and not re.search(r"\d{4}", each) for each in distinct)
    if repeats and is_short and not _OF_NAMES.search(whole):
        return replace(made, type="choice", choices=choices_of(distinct))
    return None
