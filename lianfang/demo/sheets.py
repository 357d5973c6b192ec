"""Two sheets that came in this evening, as sheets come: one is taken and left its doubts, one waits to be looked at.

The list of returnees has places that nobody can read and two people who stand in the register of another village. The
village's sheet shows what a check finds: damaged and masked ids, a column that must not be collected, section lines.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence

import xlsxwriter

from lianfang.areas.models import Area
from lianfang.core.clock import at, frozen
from lianfang.core.scope import Scope, scoped, subtree
from lianfang.demo import places
from lianfang.demo.people import Weaver
from lianfang.register import filing, jobs
from lianfang.register.doubles.finding import find_for
from lianfang.register.models import ImportFile, Person

TAKEN_AT, WAITING_AT = at(dt.date(2026, 8, 7), 19, 40), at(dt.date(2026, 8, 7), 20, 55)
RETURNEES, VILLAGE_SHEET = "返乡人员登记.xlsx", "人口摸底表.xlsx"
# Written as people write them: an old name, a slip, a way of speaking, a place of work.
UNREADABLE = (
    ("佘湖山社区3组12号", 3),
    ("云十村二组", 2),
    ("老街粮站宿舍2栋301", 2),
    ("大坝口李家院子", 2),
    ("安置区6栋1单元502", 1),
    ("新东塘旁边", 1),
)
NAMES = (
    "向小满",
    "龙启明",
    "石桂英",
    "米长春",
    "瞿水生",
    "粟银花",
    "覃建华",
    "滕月娥",
    "莫石林",
    "舒春桃",
    "姜大喜",
)
Row = Sequence[str | float]


def arrive(weaver: Weaver, *, by: int) -> None:
    """By the county's data officer. Needs the whole register."""
    county = Area.objects.get(code=places.COUNTY)
    township = Area.objects.get(code=places.ESTATE_VILLAGE[:9])
    villages = list(
        Area.objects.filter(parent=township, level=Area.Level.VILLAGE).exclude(code=places.ESTATE_VILLAGE)[:3]
    )
    scope = Scope.over([county.path], actor_id=by)
    with frozen(TAKEN_AT), scoped(scope):
        rows = list(_returnees(weaver, township, villages))
        file = _receive(RETURNEES, rows, area=county, scope=scope, by=by)
        jobs.ask(file_id=file.pk, state=ImportFile.State.CHECKING, scope=scope, by=by)
        jobs.ask(file_id=file.pk, state=ImportFile.State.TAKING, scope=scope, by=by)
        brought = Person.objects.filter(scope.q(), source_file_id=file.pk).values_list("pk", flat=True)
        find_for(person_ids=list(brought), by=by, found_by=f"file {file.pk}")
    with frozen(WAITING_AT), scoped(scope):
        rows = list(_of_a_village(weaver, villages[0]))
        name = f"{villages[0].name}{VILLAGE_SHEET}"
        file = _receive(name, rows, area=county, scope=scope, by=by)
        jobs.ask(file_id=file.pk, state=ImportFile.State.CHECKING, scope=scope, by=by)


def _receive(name: str, rows: Sequence[Row], *, area: Area, scope: Scope, by: int) -> ImportFile:
    return filing.receive_file(content=_workbook(rows), name=name, area=area, scope=scope, by=by)


def _workbook(rows: Sequence[Row]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("Sheet1")
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def _returnees(weaver: Weaver, township: Area, villages: Sequence[Area]) -> Iterator[Row]:
    yield ("返乡人员登记表",)
    yield ("填报单位：市交通运输局", "", "", "填报时间：2026年8月7日")
    yield ("序号", "姓名", "性别", "联系电话", "现住址", "从哪里回来")
    number = 0
    low, high = subtree(township.path)
    known = Person.objects.filter(
        area_path__gte=low, area_path__lt=high, is_current=True, relation="head", phone__isnull=False
    ).exclude(area_path__startswith=villages[1].path)
    for person in known.order_by("pk")[
        :2
    ]:  # they stay with relatives, and are on their own village's list too
        number += 1
        address = f"{township.name}{villages[1].name}2组{80 + number}号"
        yield (number, person.name, person.get_sex_display(), str(person.phone), address, "广东省东莞市")
    names = iter(NAMES)
    for address, count in UNREADABLE:
        for _ in range(count):
            number += 1
            yield (number, next(names), "", weaver.issuer.phone(), address, "广东省深圳市")


def _of_a_village(weaver: Weaver, village: Area) -> Iterator[Row]:
    header = ("序号", "姓名", "与户主关系", "性别", "身份证", "联系方式", "民族", "门牌号")
    yield (f"{village.name}人口摸底表",)
    yield header
    ids = [
        weaver.issuer.id_number(places.COUNTY, dt.date(1971 + n, 3, 5).toordinal(), n % 2 == 0)
        for n in range(9)
    ]
    phones = [weaver.issuer.phone() for _ in ids]
    yield ("一组",)
    yield (1, "龙望生", "户主", "男", ids[0], phones[0], "汉", "3号")
    yield (
        2,
        "龙　小芹",
        "妻",
        "女",
        ids[1],
        phones[1][:3] + " " + phones[1][3:7] + " " + phones[1][7:],
        "汉",
        "3号",
    )
    yield (3, "龙子豪(在广州)", "儿子", "男", float(ids[2][:15] + "000"), phones[2], "汉", "3号")
    yield ("", "小计", "3人")
    yield ("二组",)
    yield (
        4,
        "米满秀",
        "本人",
        "女",
        ids[3][:4] + "*" * 10 + ids[3][14:],
        phones[3] + "/" + phones[4],
        "汉",
        "11号",
    )
    yield (5, "米家旺", "孙", "男", ids[5][:-1] + ("1" if ids[5][-1] != "1" else "2"), "同上", "汉", "11号")
    yield header
    yield (6, "向宝田", "户主", "男", ids[6], phones[6][:-1], "汉", "12号")
    yield (7, "", "妻", "女", ids[7], "", "汉", "12号")
    yield ("填报人：", "石先明", "", "审核人：")
