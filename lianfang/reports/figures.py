"""Every number that is told upward, once: its key, its name, what it counts in one sentence, where it is read, and
the list behind it. Pages, the day's sheet and what is signed all read these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.areas.dividing import Division, place
from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import HOW_COUNTED as COUNTING_TARGETS
from lianfang.campaigns.queries.coverage import Equation, coverage_by_place, coverage_of
from lianfang.core.scope import Scope
from lianfang.reports.queries.day import HOW_COUNTED as COUNTING_WORK
from lianfang.reports.queries.day import NO_WORK, Day, Work, work_by_place, work_of

Value = int | Fraction | None
Words = str | Promise


@dataclass(frozen=True, slots=True)
class Reading:
    """Of which area, round and day a figure is asked, and by whom."""

    scope: Scope
    round: Round
    area: Area
    day: Day


@dataclass(frozen=True, slots=True)
class PlacesReading(Reading):
    """The same figures of many areas inside `area`, in as many statements as of one. `is_fine`: they lie below
    villages."""

    places: Division = field(default_factory=lambda: Division.of(()))
    is_fine: bool = False


Source = Callable[[Reading], Mapping[str, Value]]
PlacesSource = Callable[[PlacesReading], Mapping[str, Mapping[str, Value]]]


@dataclass(frozen=True, slots=True)
class Figure:
    """`behind`: where its names or rows stand: ("targets", show), ("names", key, is_today) or (route name,)."""

    key: str
    name: Words
    meaning: Words
    group: Words
    unit: Words
    source: Source
    behind: tuple[Any, ...] = ()


def _kept_work(reading: Reading) -> Work:
    reading.scope.within(reading.area.path)
    if RANK[reading.area.level] >= RANK["township"]:
        return work_of(reading.scope, reading.round, reading.area, reading.day)
    key = f"work:{reading.round.pk}:{reading.area.pk}:{reading.day.date}"
    work: Work | None = cache.get(key)
    if work is None:
        work = work_of(reading.scope, reading.round, reading.area, reading.day)
        cache.set(key, work, _KEPT_SECONDS)
    return work


def of_targets(reading: Reading) -> Mapping[str, Value]:
    return _said_of(coverage_of(reading.scope, reading.round, reading.area, reading.day.now))


def targets_by_place(reading: PlacesReading) -> Mapping[str, Mapping[str, Value]]:
    found = coverage_by_place(
        reading.scope, reading.round, reading.places, reading.day.now, is_fine=reading.is_fine
    )
    return {path: _said_of(found.get(path, Equation())) for path in reading.places.paths}


def _said_of(counts: Equation) -> dict[str, Value]:
    return {**asdict(counts), "missing": counts.missing, "rate": counts.rate}


# A county's work is counted from every visit of the round: 2 s for 240,000 households. A page that many look at
# shares one count for a minute; what is signed is always counted anew (reports/operations/closing.py).
_KEPT_SECONDS = 60


def of_work(reading: Reading) -> Mapping[str, Value]:
    return _said_of_work(_kept_work(reading))


def work_of_places(reading: PlacesReading) -> Mapping[str, Mapping[str, Value]]:
    found = work_by_place(reading.scope, reading.round, reading.area, reading.day, reading.places)
    return {path: _said_of_work(found.get(path, NO_WORK)) for path in reading.places.paths}


def _said_of_work(work: Work) -> dict[str, Value]:
    today = {f"{name}_today": pair[0] for name, pair in work.items()}
    return {**today, **{name: pair[1] for name, pair in work.items()}}


def of_exemptions(reading: Reading) -> Mapping[str, Value]:
    low, high = reading.scope.within(reading.area.path).ranges[0]
    with connection.cursor() as cursor:
        cursor.execute(_EXEMPTIONS, {"round": reading.round.pk, "low": low, "high": high})
        return dict(zip(_OF_EXEMPTIONS, cursor.fetchone(), strict=True))


def exemptions_by_place(reading: PlacesReading) -> Mapping[str, Mapping[str, Value]]:
    rows = _by_place(reading, _EXEMPTIONS_BY_PLACE, {"round": reading.round.pk})
    return _or_none(reading, _OF_EXEMPTIONS, rows)


_OF_EXEMPTIONS = ("exemption_requested", "exemption_approved", "exemption_denied", "exemption_pending")


def of_desk(reading: Reading) -> Mapping[str, Value]:
    low, high = reading.scope.within(reading.area.path).ranges[0]
    with connection.cursor() as cursor:
        cursor.execute(_DESK, {"low": low, "high": high, "path": reading.area.path, "area": reading.area.pk})
        return dict(zip(_OF_DESK, cursor.fetchone(), strict=True))


def desk_by_place(reading: PlacesReading) -> Mapping[str, Mapping[str, Value]]:
    rows = _by_place(reading, _DESK_BY_PLACE, {"paths": list(reading.places.paths)})
    return _or_none(reading, _OF_DESK, rows)


_OF_DESK = ("held", "orders_unsigned")


def _by_place(reading: PlacesReading, statement: str, more: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    reading.scope.within(reading.area.path)
    low, high = reading.places.bounds
    with connection.cursor() as cursor:
        cursor.execute(statement, {"low": low, "high": high, **more, **reading.places.values})
        return {path: tuple(counts) for path, *counts in cursor.fetchall() if path}


def _or_none(
    reading: PlacesReading, keys: tuple[str, ...], rows: Mapping[str, tuple[int, ...]]
) -> dict[str, dict[str, Value]]:
    """Where there is no row, there is none of it: these are counted from what is stored here."""
    none = (0,) * len(keys)
    return {path: dict(zip(keys, rows.get(path, none), strict=True)) for path in reading.places.paths}


_SWEEP, _DAY, _SINCE, _LEAVE, _DESK_GROUP = _("排查"), _("当天"), _("本轮累计"), _("核减"), _("文书与记录")
_UNIT, _PEOPLE, _TIMES, _ROWS = _("户"), _("人"), _("次"), _("条")

FIGURES: tuple[Figure, ...] = (
    Figure("due", _("应排查"), _("这一轮冻结底数里的全部，现场新增的另列。"), _SWEEP, "", of_targets, ("targets", "due")),
    Figure("done", _("已排查"), _("该见的人都见到或问到，必填项都已填。"), _SWEEP, "", of_targets, ("targets", "done")),
    Figure("exempt", _("核减"), _("有人申请、由另一人批准，离开底数的。"), _SWEEP, "", of_targets, ("targets", "exempt")),
    Figure("not_met", _("未见到"), _("去过或打过电话，没见到或没问全，有原因。"), _SWEEP, "", of_targets, ("targets", "not_met")),
    Figure("open", _("待排查"), _("还没有人去过，也没打过电话。"), _SWEEP, "", of_targets, ("targets", "open")),
    Figure("overdue", _("逾期"), _("过了截止时间还没见到，也没有核减的。"), _SWEEP, "", of_targets, ("targets", "overdue")),
    Figure("found_due", _("现场新增"), _("不在底数里、上门时新发现的，不改底数。"), _SWEEP, "", of_targets, ("targets", "found")),
    Figure("rate", _("覆盖率"), _("已排查 ÷（应排查 − 核减），一位小数，不进成100%。"), _SWEEP, "%", of_targets, ("targets", "missing")),
    Figure("households_today", _("今日排查户数"), _("当天的上门让这一户成为已排查，一户一次。"), _DAY, _UNIT, of_work, ("names", "households", True)),
    Figure("people_today", _("今日见到人数"), _("当天见到或代答的人，一人一次。"), _DAY, _PEOPLE, of_work, ("names", "people", True)),
    Figure("visits_today", _("今日上门"), _("当天的上门、电话、微信，更正过的只算更正后的。"), _DAY, _TIMES, of_work, ("names", "visits", True)),
    Figure("nobody_home_today", _("今日没人应门"), _("当天没人应门或电话未接的次数。"), _DAY, _TIMES, of_work, ("names", "nobody_home", True)),
    Figure("refused_today", _("今日拒绝"), _("当天拒绝的次数。"), _DAY, _TIMES, of_work, ("names", "refused", True)),
    Figure("returned_today", _("今日新报外地回来"), _("当天问到的近14天从外地回来的人数，一户取最近一次。"), _DAY, _PEOPLE, of_work, ("names", "returned", True)),
    Figure("workers_today", _("今日上门人员"), _("当天记过上门的工作人员，一人一次。"), _DAY, _PEOPLE, of_work),
    Figure("people", _("本轮见到人数"), _("本轮开始以来见到或代答的人，一人一次。"), _SINCE, _PEOPLE, of_work, ("names", "people", False)),
    Figure("visits", _("本轮上门"), _("本轮开始以来的上门、电话、微信。"), _SINCE, _TIMES, of_work, ("names", "visits", False)),
    Figure("returned", _("外地回来"), _("本轮问到的近14天从外地回来的人数，一户取最近一次。"), _SINCE, _PEOPLE, of_work, ("names", "returned", False)),
    Figure("water_left", _("积水没清"), _("最近一次上门有积水、还没清掉的。"), _SINCE, _UNIT, of_work, ("names", "water_left", False)),
    Figure("doses_asked", _("已问疫苗剂次"), _("本轮问到疫苗接种几剂的人，一人一次。"), _SINCE, _PEOPLE, of_work, ("names", "doses_asked", False)),
    Figure("rechecked", _("已抽查复核"), _("抽查名单里由另一人核过的。"), _SINCE, _UNIT, of_work),
    Figure("exemption_requested", _("申请核减"), _("本轮申请离开底数的份数，不论结果。"), _LEAVE, _("份"), of_exemptions, ("exemptions", "")),
    Figure("exemption_approved", _("同意核减"), _("由申请人以外的人批准的。"), _LEAVE, _("份"), of_exemptions, ("exemptions", "approved")),
    Figure("exemption_denied", _("不同意核减"), _("不批准、仍要排查的。"), _LEAVE, _("份"), of_exemptions, ("exemptions", "denied")),
    Figure("exemption_pending", _("待审核减"), _("等另一个人决定的，还算在应排查里。"), _LEAVE, _("份"), of_exemptions, ("exemptions", "pending")),
    Figure("held", _("待处理记录"), _("已收下、内容有出入，等人判断的记录。"), _DESK_GROUP, _ROWS, of_desk, ("held", "")),
    Figure("orders_unsigned", _("未签收指令"), _("发到本辖区和直接下级、还没有签收的，一处一份算一份。"), _DESK_GROUP, _("份"), of_desk, ("orders", "")),
)  # fmt: skip
BY_KEY = {figure.key: figure for figure in FIGURES}
# What a department calls one thing with two spans: its figure of the day, its figure since the round began.
SPANNED: Mapping[str, Mapping[str, str]] = {
    "households": {"today": "households_today", "total": "done"},
    "people": {"today": "people_today", "total": "people"},
    "visits": {"today": "visits_today", "total": "visits"},
    "returned": {"today": "returned_today", "total": "returned"},
    "nobody_home": {"today": "nobody_home_today"},
    "refused": {"today": "refused_today"},
    "workers": {"today": "workers_today"},
}


def figure_of(key: str, span: str) -> str | None:
    """The key in BY_KEY of what a column names, by a key of SPANNED or of BY_KEY; None: there is no such figure."""
    spans = SPANNED.get(key)
    if spans is None:
        return key if key in BY_KEY else None
    return spans.get(span) if span else spans.get("total") or spans.get("today")


BY_PLACE: Mapping[Source, PlacesSource] = {
    of_targets: targets_by_place,
    of_work: work_of_places,
    of_exemptions: exemptions_by_place,
    of_desk: desk_by_place,
}


def read(reading: Reading, figures: Iterable[Figure] = FIGURES) -> dict[str, Value]:
    """The values of these figures. A source that several share is read once."""
    wanted = list(figures)
    sources = list(dict.fromkeys(figure.source for figure in wanted))
    values = {source: source(reading) for source in sources}
    return {figure.key: values[figure.source][figure.key] for figure in wanted}


def read_places(reading: PlacesReading, figures: Iterable[Figure] = FIGURES) -> dict[str, dict[str, Value]]:
    """By the path of each area of `reading.places`: the values of these figures. One statement a source."""
    wanted = list(figures)
    sources = list(dict.fromkeys(figure.source for figure in wanted))
    values = {source: BY_PLACE[source](reading) for source in sources}
    return {
        path: {figure.key: values[figure.source][path][figure.key] for figure in wanted}
        for path in reading.places.paths
    }


_EXEMPTIONS = """
select count(*)::int, (count(*) filter (where decision = 'approved'))::int,
  (count(*) filter (where decision = 'denied'))::int, (count(*) filter (where decision = 'pending'))::int
from campaigns_exemption where round_id = %(round)s and area_path >= %(low)s and area_path < %(high)s
"""
_DESK = """
select (select count(*)::int from intake_operation where area_path >= %(low)s and area_path < %(high)s
    and status in ('held', 'conflict_kept', 'quarantined')),
  (select count(*)::int from campaigns_order o
    join areas_area a on (a.id = %(area)s or a.parent_id = %(area)s) and a.level in ('township', 'village')
      and a.path >= o.area_path and a.path < left(o.area_path, -1) || '/'
    where not exists (select from campaigns_orderreceipt r where r.order_id = o.id and r.area_id = a.id))
"""
_EXEMPTIONS_BY_PLACE = f"""
select {place("area_path")}, count(*)::int, (count(*) filter (where decision = 'approved'))::int,
  (count(*) filter (where decision = 'denied'))::int, (count(*) filter (where decision = 'pending'))::int
from campaigns_exemption where round_id = %(round)s and area_path >= %(low)s and area_path < %(high)s group by 1
"""  # noqa: S608 - constants
_DESK_BY_PLACE = f"""
select place, sum(held)::int, sum(unsigned)::int from (
  select {place("area_path")} place, count(*) held, 0 unsigned from intake_operation
  where area_path >= %(low)s and area_path < %(high)s and status in ('held', 'conflict_kept', 'quarantined') group by 1
  union all
  select w.path, 0, count(*) from areas_area w
  join areas_area a on (a.id = w.id or a.parent_id = w.id) and a.level in ('township', 'village')
  join campaigns_order o on a.path >= o.area_path and a.path < left(o.area_path, -1) || '/'
  where w.path = any(%(paths)s)
    and not exists (select from campaigns_orderreceipt r where r.order_id = o.id and r.area_id = a.id) group by 1) x
group by 1
"""  # noqa: S608 - constants
# How each source counts: in words, and in the words of the database for who wants to check.
HOW: Mapping[Source, tuple[Words, str]] = {
    of_targets: (
        _(
            "每个村按轮次、来源、截止时间记着四个数：已排查、核减、未见到、待排查。登记一次上门、批一次核减，同一笔里改这四个数；"
            "本辖区的数是各村的数相加。村以下直接数名单。"
        ),
        COUNTING_TARGETS,
    ),
    of_work: (
        _(
            "从这一轮的上门记录里数：名单上的户、本轮开始以后、没有被更正的上门；搬家带过来的记录不算上门。"
            "一人一次、一户一次的，取最近的一次。"
        ),
        COUNTING_WORK,
    ),
    of_exemptions: (_("数本轮的核减申请，按有没有人决定、怎么决定分开。"), _EXEMPTIONS),
    of_desk: (_("数收下后还等人判断的记录，和发到本辖区、直接下级还没有签收的指令。"), _DESK),
}
