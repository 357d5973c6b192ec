"""Tags and filters of the desk: pure formatting, no query. Reference: docs/desk-components.md."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lianfang.core import desk_format, treemap

register = template.Library()

SPRITE = Path(__file__).resolve().parent.parent / "templates" / "desk" / "sprite.html"
ICONS = frozenset(re.findall(r'<symbol id="i-([a-z]+)"', SPRITE.read_text(encoding="utf-8")))
THEMES = ("light", "dark")
BAR_WIDTH = 1000
RATE_BAR_WIDTH = 56


# ---------- signs ----------


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, classes: str = "") -> SafeString:
    """One icon of the sprite, hidden from readers of the page: the button carries the word."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"no icon {name!r} in desk/sprite.html")
    css = f"ic {classes}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', css, name)


@register.simple_tag
@lru_cache(maxsize=32)
def shape(kind: str) -> SafeString:
    """The status shape alone, for places where the word stands beside it already."""
    if kind not in desk_format.STATUS_KINDS:
        raise template.TemplateSyntaxError(
            f"no status {kind!r}; one of {', '.join(desk_format.STATUS_KINDS)}"
        )
    return format_html(
        '<svg class="sh {}" viewBox="0 0 12 12" aria-hidden="true"><use href="#s-{}"/></svg>', kind, kind
    )


@register.simple_tag
def status(kind: str, word: str, variant: str = "") -> SafeString:
    """Shape + word + colour. variant: '' in tables and lists, 'chip' alone in running text, 'sm' small."""
    css = f"st {kind} {variant}".strip()
    return format_html('<span class="{}">{}{}</span>', css, shape(kind), word)


@register.simple_tag
def due_status(
    due_at: datetime, now: datetime, started_at: datetime | None = None, variant: str = ""
) -> SafeString:
    """The time left or past as a status: ▲ 逾期…, clock 还剩… when more than half is used, else plain."""
    kind, words = desk_format.due_kind(due_at, now, started_at), desk_format.left(due_at, now)
    if kind == "open":
        return format_html('<span class="{}">{}</span>', variant or "nw", words)
    return status(kind, words, variant)


# ---------- numbers and times ----------


@register.filter
def n(value: int | None) -> SafeString | str:
    """Thousands with comma; zero pale; None is 未报, because silence is not zero."""
    if value is None:
        return format_html('<span class="dim">{}</span>', _("未报"))
    if value == 0:
        return mark_safe('<span class="zero">0</span>')
    return desk_format.number(value)


@register.filter
def rate(value: desk_format.Ratio | None) -> str:
    """A share 0..1 with one decimal, never rounded up to 100 %; None is —."""
    return desk_format.rate(value)


@register.filter
def night(moment: datetime | None, now: datetime) -> str:
    """今天21:00, 次日1:30, 明天7:30, 昨天19:40, 8月6日19:40."""
    return desk_format.night(moment, now) if moment else ""


@register.filter
def left(due_at: datetime | None, now: datetime) -> str:
    """还剩4小时25分, 逾期1小时05分."""
    return desk_format.left(due_at, now) if due_at else ""


@register.filter
def table_time(moment: datetime | None) -> str:
    """2026-08-07 21:05."""
    return desk_format.table_time(moment) if moment else ""


@register.filter
def hour(moment: datetime | None) -> str:
    """21:05."""
    return desk_format.clock_time(moment) if moment else ""


@register.filter
def received_time(moment: datetime | None) -> str:
    """21:04:52: to the second, to see that something still arrives."""
    return moment.astimezone(desk_format.CHINA).strftime("%H:%M:%S") if moment else ""


@register.filter
def weekday(moment: datetime) -> str:
    """8月7日 星期五."""
    local = moment.astimezone(desk_format.CHINA).date()
    return f"{desk_format.day(local, local)} {desk_format.weekday(local)}"


@register.filter
def emergency_line(emergency: Any, now: datetime) -> str:
    """本轮疫情第18天 · 8月17日自动终止, of anything with opened_at and ends_at."""
    return desk_format.emergency_line(emergency.opened_at, emergency.ends_at, now)


@register.filter
def initial(name: str | None) -> str:
    """The first character of a name, for the round sign beside it."""
    return name[:1] if name else ""


@register.simple_tag
def figure(value: int | None, url: str = "", selected: bool = False) -> SafeString | str:
    """A count as a link to its names. A zero has no names and is no link; the selected one is solid."""
    if not value or not url:
        return n(value)
    if selected:
        return format_html(
            '<a class="n" aria-current="true" href="{}">{}</a>', url, desk_format.number(value)
        )
    return format_html('<a class="n" href="{}">{}</a>', url, desk_format.number(value))


# ---------- ledgers, bars, maps ----------


@register.inclusion_tag("desk/equation.html")
def equation(
    counts: Any,
    work: str = "sweep",
    urls: Mapping[str, str] | None = None,
    size: str = "line",
    unit: str = "",
) -> dict[str, Any]:
    """应排查 = 已排查 + 核减 + 未见到 + 待排查, with 平 or 差N. size: line, row (with shapes) or big.

    `counts` has due, done, exempt, not_met, open; `urls` maps the same names to their lists.
    """
    ledger = desk_format.counts_ledger(counts, work, urls)
    return {
        "ledger": ledger,
        "size": size,
        "unit": unit,
        "coverage": desk_format.coverage_ratio(counts),
        "work": work,
    }


@register.inclusion_tag("desk/equation.html")
def ledger_equation(ledger: desk_format.Ledger, size: str = "big", unit: str = "") -> dict[str, Any]:
    """Any other ledger written out: total = sum of its parts, or ≠ and the gap in a box."""
    return {"ledger": ledger, "size": size, "unit": unit, "coverage": None}


@register.inclusion_tag("desk/bar.html")
def ledger_bar(counts: Any, work: str = "sweep", height: int = 8) -> dict[str, Any]:
    """The ledger of `equation` as one stacked bar."""
    ledger = desk_format.counts_ledger(counts, work)
    return stacked_bar([(part.value, part.kind, part.label) for part in ledger.parts], height)


@register.inclusion_tag("desk/bar.html")
def stacked_bar(parts: Iterable[tuple[int, str, str]], height: int = 22) -> dict[str, Any]:
    """(count, kind, word) side by side. kind: a status or done-2, done-3 for further settled parts."""
    items = [(value, kind, f"{word} {desk_format.number(value)}") for value, kind, word in parts]
    segments = desk_format.bar_segments(items, BAR_WIDTH)
    label = "，".join(title for value, _kind, title in items if value)
    return {"segments": segments, "height": height, "label": label, "width": BAR_WIDTH, "edge": height - 2}


@register.simple_tag
def rate_bar(ratio: desk_format.Ratio | None) -> SafeString:
    """A short bar with its rate, for the last number column of a table."""
    if ratio is None:
        return mark_safe('<span class="rate"><span>—</span></span>')
    percent = desk_format.rate_percent(ratio)
    filled = round(float(percent) * RATE_BAR_WIDTH / 100, 1)
    return format_html(
        '<span class="rate"><svg width="{w}" height="6" viewBox="0 0 {w} 6" aria-hidden="true">'
        '<rect width="{w}" height="6" rx="1" class="f-open"/>'
        '<rect width="{filled}" height="6" rx="1" class="f-done"/></svg><span>{percent}%</span></span>',
        w=RATE_BAR_WIDTH,
        filled=filled,
        percent=percent,
    )


def _text_width(text: str, size: float) -> float:
    """Rough width of a label: a Chinese character is as wide as high, a Latin one a little over half."""
    return sum(size if ord(char) > 0x2E7F else size * 0.6 for char in text)


def _tile(tile: Any, rect: treemap.Rect, selected: Any) -> dict[str, Any]:
    """What the template needs to draw one tile; lines that do not fit are left to its title."""
    read = desk_format.read_key
    ratio, late = read(tile, "rate"), read(tile, "overdue_count", 0) or 0
    label, rate_text = read(tile, "label"), desk_format.rate(ratio)
    late_text = _("逾期%(count)s") % {"count": desk_format.number(late)} if late else ""
    width, height, pad = max(rect.width - 2, 0), max(rect.height - 2, 0), 11 if rect.width > 70 else 6
    room, lines = width - 2 * pad, []
    if room >= _text_width(label, 13) and height >= 32:
        lines.append(("", label))
    if room >= _text_width(rate_text, 16) and height >= (52 if lines else 32):
        lines.append(("r", rate_text))
    if late and room >= _text_width(late_text, 12) + 14 and height >= 32 + 20 * len(lines):
        lines.append(("l", late_text))
    top = rect.y + 1
    return {
        "x": round(rect.x + 1, 1),
        "y": round(top, 1),
        "width": round(width, 1),
        "height": round(height, 1),
        "lines": [
            {
                "x": round(rect.x + 1 + pad, 1),
                "text_x": round(rect.x + 15 + pad, 1),  # beside the triangle
                "y": round(top + 22 + 20 * row, 1),
                "kind": kind,
                "text": text,
            }
            for row, (kind, text) in enumerate(lines)
        ],
        "step": desk_format.ramp_step(ratio),
        "url": read(tile, "url", ""),
        "title": "，".join(filter(None, (f"{label} {rate_text}", late_text))),
        "is_selected": selected is not None and read(tile, "key") == selected,
        "frame": {
            "x": round(rect.x + 3, 1),
            "y": round(top + 2, 1),
            "width": round(max(width - 4, 0), 1),
            "height": round(max(height - 4, 0), 1),
        },
    }


@register.inclusion_tag("desk/treemap.html")
def tree_map(
    tiles: Iterable[Any], width: int = 820, height: int = 252, selected: Any = None, label: str = ""
) -> dict[str, Any]:
    """Areas as tiles: size is work, depth is what is missing, ▲ is what is late.

    A tile has key, label, value, rate (share or None), overdue_count, url; as mapping or attributes.
    """
    items = [tile for tile in tiles if desk_format.read_key(tile, "value") > 0]
    rects = treemap.layout([desk_format.read_key(tile, "value") for tile in items], width, height)
    drawn = [_tile(tile, rect, selected) for tile, rect in zip(items, rects, strict=True)]
    return {"tiles": drawn, "width": width, "height": height, "label": label}


@register.inclusion_tag("desk/ramp_legend.html")
def ramp_legend() -> dict[str, Any]:
    """The key of the coverage ramp."""
    return {"steps": ((1, "≥98%"), (2, "≥95"), (3, "≥90"), (4, "≥85"), (5, "<85"))}


# ---------- lists ----------


@register.simple_tag(takes_context=True)
def query(context: Mapping[str, Any], **changes: Any) -> str:
    """The address of this page with some parameters changed; None takes one out."""
    request = context.get("request")
    params = request.GET.copy() if request else QueryDict(mutable=True)
    for key, value in changes.items():
        if value is None:
            params.pop(key, None)
        else:
            params[key] = value
    return "?" + params.urlencode()


@register.inclusion_tag("desk/pager.html", takes_context=True)
def pager(context: Mapping[str, Any], page: Any, param: str = "page") -> dict[str, Any]:
    """Back and forth through a list, its filters kept.

    `page` is a Django Page, or has `next_key`, `previous_key` (None at the ends), `shown_count`, `total_count`.
    """
    if hasattr(page, "paginator"):
        before = page.previous_page_number() if page.has_previous() else None
        after = page.next_page_number() if page.has_next() else None
        said = _("第%(first)s—%(last)s条，共%(total)s条") % {
            "first": desk_format.number(page.start_index()),
            "last": desk_format.number(page.end_index()),
            "total": desk_format.number(page.paginator.count),
        }
    else:
        before, after = page.previous_key, page.next_key
        words = {"shown": desk_format.number(page.shown_count), "total": desk_format.number(page.total_count)}
        said = _("本页%(shown)s条，共%(total)s条") % words
    return {
        "said": said,
        "before": query(context, **{param: before}) if before is not None else "",
        "after": query(context, **{param: after}) if after is not None else "",
    }


@register.simple_tag(takes_context=True)
def sort_header(
    context: Mapping[str, Any],
    key: str,
    label: str,
    numeric: bool = False,
    default: str = "",
    param: str = "sort",
) -> SafeString:
    """A table head that sorts: first press up, second down. `default` is the sort of a page without the parameter."""
    request = context.get("request")
    current = (request.GET.get(param) if request else "") or default
    is_up, is_down = current == key, current == f"-{key}"
    arrow = " ↑" if is_up else " ↓" if is_down else ""
    said = format_html(' aria-sort="{}"', "ascending" if is_up else "descending") if arrow else ""
    url = query(context, **{param: f"-{key}" if is_up else key, "page": None})
    css = mark_safe(' class="num"') if numeric else ""
    return format_html('<th scope="col"{}{}><a href="{}">{}{}</a></th>', css, said, url, label, arrow)


@register.inclusion_tag("desk/area_path.html")
def area_path(areas: Iterable[Any], inside: str = "") -> dict[str, Any]:
    """武冈市 › 司马冲镇 › 杨梅村. `areas` from the top down, each with name and url; the last is this page.

    `inside` names what is selected further down without being the page.
    """
    *above, here = areas
    return {"above": above, "here": here, "inside": inside}


@register.inclusion_tag("desk/bound_field.html")
def field(bound: Any, label: str = "") -> dict[str, Any]:
    """One field of a Django form: label, control, help and error, tied for screen readers."""
    return {"field": bound, "label": label or bound.label}


# ---------- the frame ----------


@register.simple_tag(takes_context=True)
def theme(context: Mapping[str, Any]) -> str:
    """The theme of this browser: the cookie, or light."""
    request = context.get("request")
    wanted = request.COOKIES.get("theme", "") if request else ""
    return wanted if wanted in THEMES else THEMES[0]


@register.filter
def toast_kind(tags: str | None) -> str:
    """The status shape of a Django message."""
    words = (tags or "").split()
    return "late" if "error" in words else "miss" if "warning" in words else "done"
