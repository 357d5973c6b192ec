"""What the page of an evening shows: where its ledgers stand, who is silent, what is left for tomorrow, who may sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation
from lianfang.campaigns.rules import chase_text
from lianfang.core import clock
from lianfang.core.desk_format import left, night
from lianfang.reports import rules, wording
from lianfang.reports.books import NamedBook
from lianfang.reports.operations.closing import may_sign_as
from lianfang.reports.queries.closing import ClosePage
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.ledgers import Nameless, nameless_households, nameless_people
from lianfang.reports.queries.places import Place

AREAS_SHOWN = 8


def context_of(
    request: HttpRequest, page: ClosePage, books: Sequence[NamedBook], wrong: list[dict[str, Any]]
) -> dict[str, Any]:
    tops = [
        area for area in page.chain if area.path.startswith(request.actor.home.area_path) or area is page.area
    ]
    fine = [book for book in books if book.ledger is None or book.is_balanced]
    return {
        "page": page,
        "area": page.area,
        "day": page.day,
        "today": clock.local(page.day.now).date(),
        "yesterday_url": close_url(page.area.code, Day(page.day.date - dt.timedelta(days=1), page.day.now)),
        "path": [{"name": area.name, "url": close_url(area.code, page.day)} for area in tops],
        "rounds": [
            {
                "name": work_name(one),
                "url": close_url(page.area.code, page.day, round=str(one.pk)),
                "is_here": one == page.main,
            }
            for one in page.rounds
        ],
        "work": work_name(page.main) if page.main else "",
        "wrong": wrong,
        "books": fine,
        "balanced_count": sum(book.ledger is not None for book in fine),
        "silent_book_count": sum(book.ledger is None for book in fine),
        "children": [_child(page, place) for place in page.children],
        "silent_count": len(page.silent),
        "signed_count": len(page.children) - len(page.silent),
        "kind": wording.children_word_of(place.level for place in page.children),
        "asks_phones": not page.day.is_over,
        "mop_up": mop_up_of(page),
        "chase": _chase(page),
        "lot": _lot_of(request, page),
        "sign": _sign(request, page, books),
        "revision": _revision(page),
        "round_id": page.main.pk if page.main else "",
        "may_see_names": _may(request, page, "target.read"),
        "may_print": _may(request, page, "print.own_area"),
        "nav_key": "close",
        "now": page.day.now,
        "data_as_of": page.day.end,
    }


def _may(request: HttpRequest, page: ClosePage, permission: str) -> bool:
    return request.actor.may(permission) and request.actor.scope_for(permission).covers(page.area.path)


def unbalanced(request: HttpRequest, page: ClosePage, book: NamedBook) -> dict[str, Any]:
    """A ledger that does not balance, with the names behind the difference."""
    names: list[Nameless] = []
    assert book.round is not None  # noqa: S101 - only books of a round can be out of balance
    if _may(request, page, "target.read"):
        if book.kind == "people":
            names = nameless_people(request.scope, book.round, page.area, page.day)
        else:
            names = nameless_households(request.scope, book.round, page.area, page.check(book.round))
    paths = {place.path: place.name for place in page.places} | {page.area.path: page.area.name}
    words = {state: wording.show_word(state) for state in rules.STATES}
    words |= {"found_due": _("现场新增"), "found_done": _("现场新增已排查")}
    return {
        "book": book,
        "names": [{"row": row, "why": _why(row, book)} for row in names],
        "differences": [
            {
                "area": paths.get(one.village_path, one.village_path),
                "word": words[one.state],
                "kept": one.kept,
                "named": one.named,
                "gap": abs(one.named - one.kept),
            }
            for one in book.differences
        ],
    }


def _why(row: Nameless, book: NamedBook) -> str:
    if book.kind == "people":
        return _("这一户已排查，没有写这个人的去处")
    if row.state == "lost":
        return _("有待办，名单里没有这一户的状态")
    return _("名单里是“%(state)s”，最近有变动，差的多半在这几户里") % {"state": wording.show_word(row.state)}


def _child(page: ClosePage, place: Place) -> dict[str, Any]:
    signed = [one for (path, _pk), one in page.signed_below.items() if path == place.path]
    return {
        "place": place,
        "url": close_url(place.code, page.day),
        "is_signed": page.has_signed(place),
        "signed": signed[0] if signed else None,
        "answering": page.answering.get(place.path),
    }


def mop_up_of(page: ClosePage) -> dict[str, Any]:
    """Who goes where tomorrow, most owed first."""
    rows: list[dict[str, Any]] = []
    if page.main is not None:
        for place in page.places:
            counts = place.counts.get(page.main.pk, Equation())
            if not counts.missing:
                continue
            rows.append(
                {
                    "name": place.name if not place.is_rest else _("%(area)s直属") % {"area": place.name},
                    "open": counts.open,
                    "not_met": counts.not_met,
                    "missing": counts.missing,
                    "ways": wording.ways_word(rules.ways(page.tries(place))),
                    "answering": page.answering.get(place.path),
                    "url": reverse("coverage_names", args=[page.main.pk, place.code]) + "?show=missing",
                }
            )
    rows.sort(key=lambda row: -row["missing"])
    rest = rows[AREAS_SHOWN:]
    counts = page.equations[page.main.pk] if page.main else Equation()
    return {
        "rows": rows,
        "shown": rows[:AREAS_SHOWN],
        "rest": rest,
        "rest_open": sum(row["open"] for row in rest),
        "rest_not_met": sum(row["not_met"] for row in rest),
        "open": counts.open,
        "not_met": counts.not_met,
        "missing": counts.missing,
        "kind": wording.children_word_of(place.level for place in page.places if not place.is_rest),
        "unit": wording.unit(page.main.campaign) if page.main else "",
    }


def _chase(page: ClosePage) -> str:
    """What goes into the chat group. Areas, counts, deadline, duty phone; nothing else comes in."""
    if page.main is None or not page.equations[page.main.pk].missing:
        return ""
    areas = [
        (place.name, place.counts[page.main.pk].missing)
        for place in page.places
        if place.counts[page.main.pk].missing
    ]
    return chase_text(
        work=f"{page.area.name}{work_name(page.main)}",
        areas=areas,
        due=night(page.main.due_at, page.day.now),
        left=left(page.main.due_at, page.day.now),
        duty_phone=settings.DUTY_PHONE,
        unit=wording.unit(page.main.campaign),
    )


def _lot_of(request: HttpRequest, page: ClosePage) -> dict[str, Any] | None:
    signed = page.signed.get(page.main.pk) if page.main else None
    if signed is None or page.main is None:
        return None
    values = {"day": page.day.date.isoformat(), "round": str(page.main.pk)}
    return {
        **lot_of_verdicts(signed.verdicts),
        "url": f"{reverse('recheck', args=[page.area.code])}?{urlencode(values)}",
    }


def lot_of_verdicts(verdicts: Sequence[str]) -> dict[str, Any]:
    agreeing, differing = verdicts.count("agrees"), verdicts.count("differs")
    order = ["agrees"] * agreeing + ["differs"] * differing + [""] * (len(verdicts) - agreeing - differing)
    return {
        "size": len(verdicts),
        "limit": rules.most_errors(len(verdicts)) + 1,
        "agreeing": agreeing,
        "differing": differing,
        "checked": agreeing + differing,
        "left": len(verdicts) - agreeing - differing,
        "verdict": rules.lot_verdict(len(verdicts), agreeing, differing),
        "dots": [{"x": 6 + 12 * number, "verdict": verdict} for number, verdict in enumerate(order)],
        "width": 12 * len(verdicts),
    }


def _sign(request: HttpRequest, page: ClosePage, books: Sequence[NamedBook]) -> dict[str, Any]:
    is_lead = any(grant.area_id == page.area.pk and may_sign_as(grant.role) for grant in request.actor.grants)
    walls = rules.obstacles(
        books_that_count(books),
        day=page.day.date,
        today=clock.local(page.day.now).date(),
        silent_count=len(page.silent),
        is_lead=is_lead,
        is_signed=page.is_signed,
        has_changed=page.has_changed,
    )
    gaps = [book for book in books if book.ledger is not None and not book.is_balanced]
    words = {
        rules.UNBALANCED: _("、").join(
            _("%(title)s差%(gap)d%(unit)s") % {"title": book.title, "gap": book.gap_count, "unit": book.unit}
            for book in gaps
        ),
        rules.SILENT: _("%(count)d个%(kind)s未签")
        % {
            "count": len(page.silent),
            "kind": wording.children_word_of(place.level for place in page.children),
        },
        rules.NOT_LEAD: _("要由%(area)s带班领导来签") % {"area": page.area.name}
        if page.is_signing_level
        else _("由所在的村、社区结账"),
        rules.NOTHING: _("没有在做的任务"),
        rules.FUTURE: _("还没到这一天"),
        rules.PAST: _("过了第二天，不能再补签"),
        rules.UNCHANGED: _("已经签过，签字后没有变化"),
    }
    hard = [wall for wall in walls if wall != rules.SILENT]
    signed = next(iter(page.signed.values()), None)
    return {
        "is_open": not hard,
        "needs_reasons": rules.SILENT in walls and not hard,
        "why": [words[wall] for wall in walls],
        "is_signed": page.is_signed,
        "signed": signed,
        "is_revision": page.is_signed and page.has_changed,
        "leads": page.answering.get(page.area.path),
        "silent": page.silent,
    }


def books_that_count(books: Sequence[NamedBook]) -> list[NamedBook]:
    """Those that can stop a signature: what nobody below has told yet is silence, and said as such."""
    return [book for book in books if book.ledger is not None]


def _revision(page: ClosePage) -> list[dict[str, Any]]:
    """签字时 beside 现在, for each round that stands differently."""
    found = []
    for one in page.rounds:
        if not page.changed(one):
            continue
        signed = page.signed[one.pk]
        now = page.equations[one.pk]
        found.append(
            {
                "work": work_name(one),
                "signed": signed,
                "rows": [
                    {
                        "word": wording.show_word(key),
                        "then": getattr(signed.equation, key),
                        "now": getattr(now, key),
                        "gap": getattr(now, key) - getattr(signed.equation, key),
                    }
                    for key in ("due", "done", "exempt", "not_met", "open")
                ]
                + [
                    {"word": _("今天收到的记录"), "then": then, "now": later, "gap": later - then}
                    for then, later in page.records_since(signed)
                ],
            }
        )
    return found


def close_url(code: str, day: Day, **more: str) -> str:
    values = {**({} if not day.is_over else {"day": day.date.isoformat()}), **more}
    return reverse("close_area", args=[code]) + (f"?{urlencode(values)}" if values else "")


def work_name(found: Round) -> str:
    return wording.work_name(found.campaign.name, found.number)
