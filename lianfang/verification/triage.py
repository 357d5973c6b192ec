"""What needs nobody's call, each with its reason, and where the rest belongs. Pure: the facts are given.

Nothing is answered on the strength of a likeness: `probably` goes to a person first. A place is taken from the
register, then from the address, then from the sender's own columns; where none of them says it, the county desk finds
out, for a guess costs a village its night.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lianfang.core.clock import local
from lianfang.verification.matching.places import Places, Where
from lianfang.verification.rows import Bucket, Candidate, ListRow, Match, Triage, Verdict


@dataclass(frozen=True, slots=True)
class Earlier:
    """Somebody was checked before: what was answered, when, and how, in words without a value of theirs."""

    code: str
    at: dt.datetime
    how: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a list is sorted. `period_days`: after so many days the protocol asks nothing any more;
    `watched`: people who are under watch already."""

    earlier: Mapping[int, Earlier] = field(default_factory=dict)
    period_days: int | None = None
    today: dt.date | None = None
    watched: frozenset[int] = frozenset()


def judge(rows: Sequence[ListRow], matches: Sequence[Match], places: Places, known: Known) -> list[Triage]:
    """One verdict for each row, in their order. Of rows that say the same person the first one is asked."""
    first: dict[tuple[str, ...], tuple[str, int]] = {}
    found: list[Triage] = []
    for row, match in zip(rows, matches, strict=True):
        keys = _keys(row, match)
        again = next((first[key] for key in keys if key in first), None)
        for key in keys:
            first.setdefault(key, (row.sheet, row.row))
        found.append(_doubled(again, rows) if again else _one(row, match, places, known))
    return found


def _keys(row: ListRow, match: Match) -> list[tuple[str, ...]]:
    """By which two rows are one person: the whole id, the phone with the name, or whom both mean for certain."""
    keys: list[tuple[str, ...]] = []
    if row.id_number and "*" not in row.id_number:
        keys.append(("id", row.id_number, row.name))
    if row.name:
        keys += [("phone", phone, row.name) for phone in row.phones if "*" not in phone]
    if match.verdict == Verdict.SAME and match.candidates:
        keys.append(("person", str(match.candidates[0].person_id)))
    return keys


def _doubled(first: tuple[str, int], rows: Sequence[ListRow]) -> Triage:
    sheet, row = first
    where = _("第{row}行").format(row=row)
    if len({each.sheet for each in rows}) > 1:
        where = _("工作表“{sheet}”第{row}行").format(sheet=sheet, row=row)
    return Triage(Bucket.DOUBLED, _("本名单里重复，见{where}").format(where=where), same_as=first)


def _one(row: ListRow, match: Match, places: Places, known: Known) -> Triage:
    sure = match.candidates[0] if match.verdict == Verdict.SAME else None
    if sure and (earlier := known.earlier.get(sure.person_id)):
        return _in_place(Bucket.CHECKED, _said(earlier), sure, places)
    if past := _past_period(row, known):
        return _in_place(Bucket.PAST_PERIOD, past, sure, places)
    if sure and sure.person_id in known.watched:
        return _in_place(Bucket.WATCHED, _("已在管"), sure, places)
    if match.verdict == Verdict.PROBABLY:
        return Triage(Bucket.DECIDE, _("像是底册里的人，要人来定"))
    if sure and not sure.is_current:
        return Triage(
            Bucket.NOT_OURS, _("底册里已迁出或注销"), by="register", proposed=_elsewhere(row, places)
        )
    if sure:
        return _in_place(Bucket.OUT, _("底册里有这个人，按住处派发"), sure, places)
    return _unmatched(row, places)


def _said(earlier: Earlier) -> str:
    at = local(earlier.at)
    return _("{month}月{day}日{how}").format(month=at.month, day=at.day, how=earlier.how)


def _past_period(row: ListRow, known: Known) -> str:
    if known.period_days is None or known.today is None or row.came_on is None:
        return ""
    passed = (known.today - row.came_on).days
    if passed <= known.period_days:
        return ""
    return _("到名单所说的日子已过{passed}天，方案只管{days}天").format(passed=passed, days=known.period_days)


def _in_place(bucket: Bucket, reason: str, sure: Candidate | None, places: Places) -> Triage:
    if sure is None:
        return Triage(bucket, reason)
    town, village, _path = places.chain(sure.area_path)
    if bucket == Bucket.OUT and not town:
        return Triage(Bucket.UNROUTABLE, _("底册里没有写清住在哪里"))
    return Triage(bucket, reason, town=town, village=village, by="register")


def _unmatched(row: ListRow, places: Places) -> Triage:
    address, said = places.read(row.address), places.said(row.town_said, row.village_said)
    registered = places.read(row.registered_place)
    if address.elsewhere and not said.town:
        return _not_ours(address)
    for where, by, reason in (
        (address, "address", _("底册里没有，按地址派发")),
        (said, "sender", _("底册里没有，按名单写的乡镇、村派发")),
        (registered, "address", _("底册里没有，按户籍地派发")),
    ):
        if where.village or where.town:
            return Triage(Bucket.OUT, reason, town=where.town, village=where.village, by=by)
    if registered.elsewhere and not row.address:
        return _not_ours(registered)
    return Triage(Bucket.UNROUTABLE, _("底册里没有，也看不出在哪个乡镇"))


def _not_ours(where: Where) -> Triage:
    return Triage(
        Bucket.NOT_OURS,
        _("地址在{place}").format(place=where.elsewhere),
        by="address",
        proposed=where.elsewhere,
    )


def _elsewhere(row: ListRow, places: Places) -> str:
    return places.read(row.address).elsewhere
