"""How the desk, the sheets and the chat texts write numbers, rates and times.

Pure functions on plain values; templates reach them through `templatetags/desk.py`. Words come from gettext, so call
them inside a request or an activated language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Literal

from django.utils.translation import gettext as _

from lianfang.core.clock import SHANGHAI as CHINA

NIGHT_ENDS_HOUR = 6  # until then people say 次日1:30 of tonight's work; after it 明天7:30

Ratio = float | Decimal | Fraction | int
StatusKind = Literal["done", "open", "miss", "off", "late", "soon", "now", "hold", "send"]
STATUS_KINDS: tuple[str, ...] = ("done", "open", "miss", "off", "late", "soon", "now", "hold", "send")

# Lower bound in per cent of each step of the coverage ramp; below the last is c5.
RAMP = ((Decimal("98"), 1), (Decimal("95"), 2), (Decimal("90"), 3), (Decimal("85"), 4))


def number(value: int | Decimal | float) -> str:
    """243216 → '243,216'. Never 万: two people must be able to compare the digits."""
    return f"{value:,}"


def rate_percent(ratio: Ratio) -> Decimal:
    """A share 0..1 as per cent with one decimal, half up; only a full share is ever 100.0."""
    exact = (
        Decimal(ratio.numerator) / Decimal(ratio.denominator)
        if isinstance(ratio, Fraction)
        else Decimal(str(ratio))
    )
    shown = (exact * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    # 4,999 of 5,000 is not everybody: the one who is missing must stay visible.
    return Decimal("99.9") if shown >= 100 and exact < 1 else shown


def rate(ratio: Ratio | None) -> str:
    """0.8478 → '84.8%'; None (nothing is due) → '—'."""
    return "—" if ratio is None else f"{rate_percent(ratio)}%"


def ramp_step(ratio: Ratio | None) -> int:
    """Step 1..5 of the coverage ramp (5: most still missing), by the rate as it is shown; 0 when nothing is due."""
    if ratio is None:
        return 0
    shown = rate_percent(ratio)
    return next((step for least, step in RAMP if shown >= least), 5)


def clock_time(moment: datetime) -> str:
    """'1:30', '21:05': hours without a leading zero, as said."""
    local = moment.astimezone(CHINA)
    return f"{local.hour}:{local.minute:02d}"


def day(value: date, today: date) -> str:
    """'8月6日'; with the year when it is another one."""
    words = {"year": value.year, "month": value.month, "day": value.day}
    if value.year == today.year:
        return _("%(month)d月%(day)d日") % words
    return _("%(year)d年%(month)d月%(day)d日") % words


def night(moment: datetime, now: datetime) -> str:
    """A moment as people on duty say it: 今天21:00, 次日1:30, 明天7:30, 昨天19:40, 8月6日19:40."""
    local, today = moment.astimezone(CHINA), now.astimezone(CHINA).date()
    apart, time = (local.date() - today).days, clock_time(moment)
    if apart == 0:
        return _("今天%(time)s") % {"time": time}
    if apart == 1 and local.hour < NIGHT_ENDS_HOUR:
        return _("次日%(time)s") % {"time": time}
    if apart == 1:
        return _("明天%(time)s") % {"time": time}
    if apart == -1:
        return _("昨天%(time)s") % {"time": time}
    return _("%(day)s%(time)s") % {"day": day(local.date(), today), "time": time}


def span(length: timedelta) -> str:
    """'4小时25分', '35分', '3天2小时': whole minutes, rounded down; days only from 48 hours on."""
    minutes = int(abs(length).total_seconds()) // 60
    hours, minutes_left = divmod(minutes, 60)
    if hours >= 48:
        return _("%(days)d天%(hours)d小时") % {"days": hours // 24, "hours": hours % 24}
    if hours:
        return _("%(hours)d小时%(minutes)02d分") % {"hours": hours, "minutes": minutes_left}
    return _("%(minutes)d分") % {"minutes": minutes_left}


def left(due_at: datetime, now: datetime) -> str:
    """'还剩4小时25分' or '逾期1小时05分'; the very minute of the deadline is '刚到期'."""
    length = due_at - now
    if length >= timedelta(minutes=1):
        return _("还剩%(span)s") % {"span": span(length)}
    if length > timedelta(0):
        return _("还剩不到1分")
    if length > timedelta(minutes=-1):
        return _("刚到期")
    return _("逾期%(span)s") % {"span": span(length)}


def due_kind(due_at: datetime, now: datetime, started_at: datetime | None = None) -> StatusKind:
    """late after the deadline, soon when more than half of the time is used, else open."""
    if now >= due_at:
        return "late"
    if started_at is not None and (now - started_at) * 2 > due_at - started_at:
        return "soon"
    return "open"


def table_time(moment: datetime) -> str:
    """'2026-08-07 21:05', for tables and sheets."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def weekday(value: date) -> str:
    """'星期五'."""
    names = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
    return names[value.weekday()]


def emergency_line(opened_at: datetime, ends_at: datetime, now: datetime) -> str:
    """'本轮疫情第18天 · 8月17日自动终止'; the first day is day 1."""
    today = now.astimezone(CHINA).date()
    running = (today - opened_at.astimezone(CHINA).date()).days + 1
    words = {"running": running, "ends": day(ends_at.astimezone(CHINA).date(), today)}
    return _("本轮疫情第%(running)d天 · %(ends)s自动终止") % words


@dataclass(frozen=True)
class LedgerPart:
    """One term of a ledger: its key, word, count, status shape and the list behind it."""

    key: str
    label: str
    value: int
    kind: str = ""
    url: str = ""


@dataclass(frozen=True)
class Ledger:
    """total = sum of parts, or the difference said out loud."""

    total: LedgerPart
    parts: tuple[LedgerPart, ...]

    @property
    def summed(self) -> int:
        return sum(part.value for part in self.parts)

    @property
    def gap_count(self) -> int:
        """How many have no place: positive when the parts are too few, negative when somebody is counted twice."""
        return self.total.value - self.summed

    @property
    def gap_size(self) -> int:
        return abs(self.gap_count)

    @property
    def is_balanced(self) -> bool:
        return self.gap_count == 0


# Each kind of work has its own words; see docs/glossary.md.
COUNT_KEYS = ("due", "done", "exempt", "not_met", "open")
COUNT_KINDS = {"done": "done", "exempt": "off", "not_met": "miss", "open": "open"}


def count_words(work: str) -> dict[str, str]:
    """The five words of one kind of work: sweep, sampling, vaccination or verification."""
    words = {
        "sweep": (_("应排查"), _("已排查"), _("核减"), _("未见到"), _("待排查")),
        "sampling": (_("应采"), _("已采"), _("核减"), _("未见到"), _("未采")),
        "vaccination": (_("应接"), _("已接"), _("核减"), _("未见到"), _("未接")),
        "verification": (_("应核"), _("已核"), _("核减"), _("联系不上"), _("在核")),
    }[work]
    return dict(zip(COUNT_KEYS, words, strict=True))


def read_key(source: Any, key: str, default: Any = None) -> Any:
    """A value by key of a mapping or by attribute of a row."""
    if isinstance(source, Mapping):
        return source.get(key, default)
    return getattr(source, key, default)


def counts_ledger(counts: Any, work: str = "sweep", urls: Mapping[str, str] | None = None) -> Ledger:
    """The ledger due = done + exempt + not_met + open of a row or mapping with these five names."""
    words, links = count_words(work), urls or {}

    def part(key: str) -> LedgerPart:
        value = read_key(counts, key)
        if value is None:
            raise KeyError(f"counts without {key!r}")
        return LedgerPart(key, words[key], value, COUNT_KINDS.get(key, ""), links.get(key, ""))

    return Ledger(part("due"), tuple(part(key) for key in COUNT_KEYS[1:]))


def coverage_ratio(counts: Any) -> Fraction | None:
    """done ÷ (due − exempt); None when nothing is left to be done."""
    base = read_key(counts, "due") - read_key(counts, "exempt")
    return Fraction(read_key(counts, "done"), base) if base > 0 else None


@dataclass(frozen=True)
class BarSegment:
    """One piece of a stacked bar, in the units of its viewBox."""

    x: float
    width: float
    kind: str
    title: str


def bar_segments(
    values: Sequence[tuple[int, str, str]], width: float = 1000, gap: float = 1.5
) -> list[BarSegment]:
    """Lay (value, kind, title) side by side over `width`, zeros left out, every other one at least 2 wide to be seen."""
    shown = [item for item in values if item[0] > 0]
    if not shown:
        return []
    room = width - gap * (len(shown) - 1)
    total = sum(item[0] for item in shown)
    wide = [max(2.0, room * item[0] / total) for item in shown]
    shrink = room / sum(wide)
    segments, x = [], 0.0
    for (_value, kind, title), wanted in zip(shown, wide, strict=True):
        segments.append(BarSegment(round(x, 1), round(wanted * shrink, 1), kind, title))
        x += wanted * shrink + gap
    return segments
