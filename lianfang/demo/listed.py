"""核查名单 0807-1: 273 rows that the province sent at 21:00, with the causes of the one county list whose figures were
published (缑氏镇, 2020): 98 checked already, 16 past their period, 29 not resident here, and 130 to be found out.

The rows are of the demo's own people and of nobody. `rows` is pure, so that a test can make the same list of its own
register; the first column of what it gives is why the row is there, and never goes into the file.
"""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import xlsxwriter

from lianfang.demo.identity import check_character
from lianfang.demo.names import full_name, surname

TRAIN, TITLE = "G6031", "G6031次同车人员"
PERIOD_DAYS = 14
CHECKED, PAST, AWAY, DECIDE, UNPLACED, OUT = 98, 16, 29, 7, 5, 118
OUT_UNKNOWN = (
    26  # of those to be checked: people whom the register does not have, at an address of the county
)
HEADER = (
    "序号",
    "姓名",
    "性别",
    "身份证号",
    "手机号码",
    "户籍地详址",
    "车次",
    "乘车日期",
    "目的地详细地址",
    "核查结果",
    "现住址",
    "管控措施",
    "核查人",
    "核查时间",
)
ELSEWHERE = ("湖南省邵东市两市塘街道", "湖南省洞口县洞口镇", "湖南省长沙市雨花区", "湖北省武汉市江岸区")


@dataclass(frozen=True, slots=True)
class Known:
    """One of the register's people. `place`: as an address is written, down to the village and the door."""

    name: str
    sex: str
    id_number: str
    phone: str
    place: str


@dataclass(frozen=True, slots=True)
class Row:
    cause: str
    name: str
    sex: str
    id_number: str
    phone: str
    registered_place: str
    rode_on: dt.date
    place: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """Ids and phones that nobody has."""

    id_number: Callable[[dt.date, bool], str]
    phone: Callable[[], str]


def rows(
    *,
    visited: Sequence[Known],
    unvisited: Sequence[Known],
    numbers: Numbers,
    today: dt.date,
    rng: random.Random,
) -> list[Row]:
    """The 273 in the order in which the sender wrote them. Of the `visited` CHECKED are taken, of the `unvisited`
    OUT − OUT_UNKNOWN + PAST + DECIDE; both have to be of people with id and phone."""
    lately, long_ago = today - dt.timedelta(days=4), today - dt.timedelta(days=PERIOD_DAYS + 6)
    fresh = iter(unvisited)
    found = [_of("checked", one, lately) for one in islice(visited, CHECKED)]
    found += [_of("past", one, long_ago) for one in islice(fresh, PAST)]
    found += [_slipped(one, lately, rng) for one in islice(fresh, DECIDE)]
    known = list(islice(fresh, OUT - OUT_UNKNOWN))
    found += [_of("out", one, lately) for one in known]
    villages = cycle(sorted({one.place for one in known}))
    strangers = _strangers(numbers, lately, rng)
    found += [strangers("out", next(villages)) for _ in range(OUT_UNKNOWN)]
    found += [strangers("away", f"{ELSEWHERE[n % len(ELSEWHERE)]}{n + 1}号") for n in range(AWAY)]
    found += [strangers("unplaced", "") for _ in range(UNPLACED)]
    rng.shuffle(found)
    return found


def _of(cause: str, one: Known, rode_on: dt.date) -> Row:
    return Row(cause, one.name, one.sex, one.id_number, one.phone, one.place, rode_on, "")


def _slipped(one: Known, rode_on: dt.date, rng: random.Random) -> Row:
    """One digit of the id is wrong and there is no phone: like the same person, and no more than that."""
    at = rng.randrange(14, 17)
    wrong = str((int(one.id_number[at]) + rng.randrange(1, 9)) % 10)
    number = one.id_number[:at] + wrong + one.id_number[at + 1 :]
    if check_character(number[:17]) == number[17]:  # it would be another person's
        number = number[:at] + str((int(wrong) + 1) % 10) + number[at + 1 :]
    return Row("decide", one.name, one.sex, number, "", "", rode_on, "")


def _strangers(numbers: Numbers, rode_on: dt.date, rng: random.Random) -> Callable[[str, str], Row]:
    def stranger(cause: str, place: str) -> Row:
        is_male = rng.random() < 0.5
        born = dt.date(rng.randrange(1958, 2003), rng.randrange(1, 13), rng.randrange(1, 28))
        return Row(
            cause,
            full_name(rng, surname(rng), is_male, born.year),
            "male" if is_male else "female",
            numbers.id_number(born, is_male),
            numbers.phone() if cause != "unplaced" else "",
            "",
            rode_on,
            place,
        )

    return stranger


def workbook(found: Sequence[Row]) -> bytes:
    """As the province's office writes it: a title, who sends it and when, and empty columns for the answers."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("核查名单")
    bold, date = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    page.merge_range(0, 0, 0, len(HEADER) - 1, f"{TRAIN}次列车同车人员核查名单", bold)
    page.write(1, 0, "推送单位：省疫情防控专班数据组")
    page.write_row(2, 0, HEADER, bold)
    for number, row in enumerate(_cells(found), start=1):
        page.write_row(2 + number, 0, (number, *row[:6]))
        page.write_datetime(2 + number, 7, dt.datetime.combine(row[6], dt.time()), date)
        page.write(2 + number, 8, row[7])
    page.set_column(1, 8, 14)
    page.set_column(3, 3, 21)
    page.freeze_panes(3, 0)
    book.close()
    return out.getvalue()


def _cells(found: Sequence[Row]) -> Iterator[tuple[str, str, str, str, str, str, dt.date, str]]:
    for row in found:
        sex = {"male": "男", "female": "女"}.get(row.sex, "")
        yield row.name, sex, row.id_number, row.phone, row.registered_place, TRAIN, row.rode_on, row.place
