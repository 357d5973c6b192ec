"""Signing an evening, revising it when something arrives later, and writing down what a second look found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, connection, transaction

from lianfang.accounts.models import Grant
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.areas.models import Area
from lianfang.campaigns.models import Round, Target, Visit
from lianfang.campaigns.operations.rounds import recount
from lianfang.core import audit
from lianfang.core.clock import local, now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.reports import rules
from lianfang.reports.books import books_of
from lianfang.reports.models import DayClose, RecheckSample
from lianfang.reports.queries.closing import ClosePage, close_page, worked_rounds
from lianfang.reports.queries.day import NO_WORK, Day, work_by_child, work_of
from lianfang.workforce.models import Worker

SIGNING_PERMISSION = "close.sign"


@transaction.atomic
def sign_close(
    *,
    area: Area,
    date: dt.date,
    scope: Scope,
    by: int,
    silent: Mapping[str, str] | None = None,
    note: str = "",
) -> list[DayClose]:
    """Sign an area's evening: one row for each round that was worked on, with the figures of this moment, and a
    random sample of what was marked done for somebody else to look at again.

    `silent`: area code → reason, for each area below that has not signed. Without it they stop the signature.
    Raises `reports.not_lead`, `reports.unbalanced`, `reports.children_open`, `reports.already_closed`,
    `reports.too_late`, `reports.nothing_to_close`.
    """
    page = _page_to_sign(area, date, scope, by)
    open_rounds = [found for found in page.rounds if found.pk not in page.signed]
    if not open_rounds:
        first = next(iter(page.signed.values()), None)
        if first is None:
            raise Problem("reports.nothing_to_close", area=area.name)
        raise Problem("reports.already_closed", area=area.name, by=first.signer)
    _require_time(page.day)
    _require_balance(page)
    told = _require_children(page, silent or {})
    closes = [_write(page, found, scope, by=by, silent=told, note=note, revision=0) for found in open_rounds]
    for close in closes:
        count = _draw_sample(close, area, scope, page.day)
        audit.record(
            "close.sign",
            "day_close",
            close.pk,
            by=by,
            path=area.path,
            round=close.round_id,
            day=date.isoformat(),
            silent=[one["code"] for one in told],
            sample=count,
        )
    return closes


@transaction.atomic
def revise_close(*, area: Area, date: dt.date, scope: Scope, by: int, note: str) -> list[DayClose]:
    """Sign anew what has changed since the signature. The earlier figures stay as they are; the new ones are the next
    revision. No second sample is drawn. Raises `reports.not_closed`, `reports.unchanged`, `reports.reason_required`."""
    if not note.strip():
        raise Problem("reports.reason_required")
    page = _page_to_sign(area, date, scope, by)
    if not page.signed:
        raise Problem("reports.not_closed", area=area.name)
    changed = [found for found in page.rounds if page.changed(found)]
    if not changed:
        raise Problem("reports.unchanged", area=area.name)
    _require_balance(page)
    closes = []
    for found in changed:
        before = page.signed[found.pk]
        told = list(before.figures.get("silent", ()))
        close = _write(page, found, scope, by=by, silent=told, note=note, revision=before.revision + 1)
        audit.record(
            "close.revise",
            "day_close",
            close.pk,
            by=by,
            path=area.path,
            reason=note.strip()[:400],
            round=found.pk,
            revision=close.revision,
        )
        closes.append(close)
    return closes


@transaction.atomic
def record_recheck(
    *, sample_id: int, agrees: bool, note: str, scope: Scope, by: int, area: Area | None = None
) -> RecheckSample:
    """What a second look at a sampled door found. Never by who had been there or had written it down, nor by who
    signed for it. Raises `reports.unknown_sample`, `reports.recheck_own`, `reports.already_checked`."""
    found = RecheckSample.objects.select_for_update(of=("self",)).filter(scope.q(), pk=sample_id)
    sample = found.select_related("close").first()
    if sample is None or (area is not None and sample.close.area_id != area.pk):
        raise Problem("reports.unknown_sample")
    if sample.verdict:
        raise Problem("reports.already_checked")
    if not agrees and not note.strip():
        raise Problem("reports.reason_required")
    if by in _involved(sample):
        raise Problem("reports.recheck_own")
    sample.verdict = "agrees" if agrees else "differs"
    sample.note, sample.checked_at, sample.checked_by = note.strip()[:200], now(), by
    sample.save(update_fields=["verdict", "note", "checked_at", "checked_by"])
    audit.record(
        "recheck.record",
        "household",
        sample.household_id,
        by=by,
        path=sample.area_path,
        verdict=sample.verdict,
    )
    return sample


@transaction.atomic
def recount_rounds(*, area: Area, scope: Scope, by: int) -> int:
    """Set the kept counters of the rounds that run here from their named lists. Returns how many rounds."""
    inside = scope.within(area.path)
    rounds = worked_rounds(inside, Day(local(now()).date(), now()))
    with crossing("reports.recount", actor_id=by):
        for found in sorted(rounds, key=lambda one: one.pk):
            recount(found)
            audit.record("round.recount", "round", found.pk, by=by, path=area.path)
    return len(rounds)


def may_sign_as(role: str) -> bool:
    return SIGNING_PERMISSION in ROLE_PERMISSIONS[role]


def _leads(user_id: int, area: Area) -> bool:
    """Does this person lead the area itself? Who leads the one above signs above: a chain, not a shortcut."""
    moment = now()
    grants = Grant.objects.filter(user_id=user_id, area=area, starts_at__lte=moment, ends_at__gt=moment)
    return any(may_sign_as(role) for role in grants.values_list("role", flat=True))


def _page_to_sign(area: Area, date: dt.date, scope: Scope, by: int) -> ClosePage:
    scope.within(area.path)
    if not _leads(by, area):
        raise Problem("reports.not_lead", area=area.name)
    page = close_page(scope, area.code, Day(date, now()), is_full=True)
    if not page.is_signing_level:
        raise Problem("reports.not_lead", area=area.name)
    return page


def _require_time(day: Day) -> None:
    today = local(day.now).date()
    if day.date > today or (today - day.date).days > rules.LATEST_DAYS:
        raise Problem("reports.too_late", day=day.date.isoformat())


def _require_balance(page: ClosePage) -> None:
    for book in books_of(page):
        if not book.is_balanced and book.ledger is not None:
            raise Problem("reports.unbalanced", figure=book.title, difference=book.gap_count)


def _require_children(page: ClosePage, silent: Mapping[str, str]) -> list[dict[str, str]]:
    """Silence is named, one by one, each with its reason; it is never counted as zero."""
    told = [
        {"code": place.code, "name": place.name, "reason": silent.get(place.code, "").strip()[:100]}
        for place in page.silent
    ]
    mute = [one["name"] for one in told if not one["reason"]]
    if mute:
        raise Problem("reports.children_open", count=len(mute), names="、".join(mute[:10]))
    return told


def _write(
    page: ClosePage,
    round: Round,
    scope: Scope,
    *,
    by: int,
    silent: list[dict[str, str]],
    note: str,
    revision: int,
) -> DayClose:
    area = page.area
    equation = page.equations[round.pk]
    try:
        with transaction.atomic():
            return DayClose.objects.create(
                area=area,
                area_path=area.path,
                round=round,
                closed_on=page.day.date,
                revision=revision,
                figures=_figures(page, round, scope, silent),
                mop_up_count=equation.missing,
                as_of=page.day.end,
                signed_at=page.day.now,
                signed_by=by,
                note=note.strip()[:400],
            )
    except IntegrityError:
        raise Problem("reports.already_closed", area=area.name, by="") from None


def _figures(page: ClosePage, round: Round, scope: Scope, silent: list[dict[str, str]]) -> dict[str, Any]:
    """What is frozen: the equation, the people, the day's work, and the same for each area below."""
    people = page.people(round)
    by_child = work_by_child(scope, round, page.area, page.day)
    return {
        "equation": asdict(page.equations[round.pk]),
        "people": asdict(people) if people else None,
        "records": asdict(page.evening.records),
        "work": work_of(scope, round, page.area, page.day),
        "rows": [
            {
                "code": place.code,
                "name": place.name,
                "is_rest": place.is_rest,
                "is_signed": place.is_rest or place.level not in _LEVELS or page.has_signed(place),
                "equation": asdict(place.counts[round.pk]),
                "work": by_child.get(place.path, NO_WORK),
            }
            for place in page.places
        ],
        "silent": silent,
    }


_LEVELS = frozenset({"prefecture", "county", "township", "village"})


def _draw_sample(close: DayClose, area: Area, scope: Scope, day: Day) -> int:
    """At random among the households that this day's visits settled. Drawn by the database, after the fact: nobody
    can know beforehand which doors will be looked at again."""
    low, high = scope.within(area.path).ranges[0]
    with connection.cursor() as cursor:
        cursor.execute(
            _DRAW,
            {
                "close": close.pk,
                "round": close.round_id,
                "low": low,
                "high": high,
                "begin": day.begin,
                "end": day.midnight,
                "size": rules.SAMPLE_SIZE,
            },
        )
        return cursor.rowcount


def _involved(sample: RecheckSample) -> set[int]:
    """Logins of who visited, who wrote it down, and who signed."""
    visits = Target.objects.filter(round_id=sample.close.round_id, household_id=sample.household_id).values(
        "settled_by"
    )
    found = {sample.close.signed_by}
    rows = Visit.objects.filter(pk__in=visits).values_list("recorded_by", "worker_id")
    workers = []
    for recorded_by, worker_id in rows:
        found.add(recorded_by)
        workers.append(worker_id)
    found.update(
        user
        for user in Worker.objects.filter(pk__in=[one for one in workers if one]).values_list(
            "user_id", flat=True
        )
        if user
    )
    return found


_DRAW = """
insert into reports_rechecksample (close_id, household_id, area_path, verdict, note)
select %(close)s, t.household_id, min(t.area_path), '', '' from campaigns_target t
join campaigns_visit v on v.id = t.settled_by
where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and t.state = 'done'
  and v.happened_at >= %(begin)s and v.happened_at < %(end)s
group by t.household_id order by random() limit %(size)s
"""
