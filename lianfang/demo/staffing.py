"""Officials into accounts, workers, roles and the areas they answer for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password

from lianfang.accounts.models import Grant, Role, User
from lianfang.core import audit
from lianfang.demo.filling import Place
from lianfang.demo.officers import Officer
from lianfang.workforce.models import Assignment, Worker

CAST_PREFIX = "demo-"  # the sign-in page of a demonstration offers accounts that begin so
PASSWORD = "demo"  # noqa: S105 - of the cast, printed at every start, in demonstrations only
ROLE_DAYS = 365
PARTS = (Assignment.Part.A, Assignment.Part.B)  # the second who is named stands in
# Who answers for an area; inspectors and auditors look on.
ANSWERING = (
    Role.COUNTY_LEAD,
    Role.DATA_OFFICER,
    Role.TOWNSHIP_LEAD,
    Role.VILLAGE_LEAD,
    Role.GRID_WORKER,
)


@dataclass(frozen=True, slots=True)
class Hired:
    """An official with the ids by which rows name them. `user_id` is None without an account."""

    officer: Officer
    worker_id: int
    user_id: int | None


def hire(officers: Sequence[Officer], places: Mapping[str, Place], *, at: dt.datetime) -> list[Hired]:
    """Take officials in: account, roles, worker, and 责任人 of their areas (the second of an area is its B角)."""
    users = _users(officers)
    User.objects.bulk_create(user for user in users if user)
    Grant.objects.bulk_create(
        Grant(
            user=user,
            role=officer.role,
            area_id=places[code].id,
            area_path=places[code].path,
            title=officer.title,
            starts_at=at,
            ends_at=at + dt.timedelta(days=ROLE_DAYS),
        )
        for officer, user in zip(officers, users, strict=True)
        if user
        for code in officer.area_codes
    )
    workers = Worker.objects.bulk_create(
        Worker(
            user=user,
            name=officer.name,
            title=officer.title,
            phone=officer.phone,
            area_id=places[officer.area_codes[0]].id,
            area_path=places[officer.area_codes[0]].path,
        )
        for officer, user in zip(officers, users, strict=True)
    )
    _assign(officers, workers, places, at)
    audit.record("demo.load", "user", "officers", by=None, count=len(officers))
    return [
        Hired(officer, worker.pk, user.pk if user else None)
        for officer, worker, user in zip(officers, workers, users, strict=True)
    ]


@cache
def _cast_password() -> str:
    """Hashed once: it takes a third of a second, on purpose."""
    return make_password(PASSWORD)


def _users(officers: Sequence[Officer]) -> list[User | None]:
    numbers: Counter[str] = Counter()
    users: list[User | None] = []
    for officer in officers:
        if not officer.role:
            users.append(None)
        elif officer.cast:
            username = CAST_PREFIX + officer.cast.replace("_", "-")
            users.append(User(username=username, name=officer.name, password=_cast_password()))
        else:
            code = officer.area_codes[0]
            numbers[code] += 1
            # Nobody can sign in with these: an unusable password, and no place on the sign-in page.
            username = f"{code}-{officer.role.replace('_', '-')}-{numbers[code]}"
            users.append(User(username=username, name=officer.name, password=make_password(None)))
    return users


def _assign(
    officers: Sequence[Officer], workers: Sequence[Worker], places: Mapping[str, Place], at: dt.datetime
) -> None:
    parts: Counter[str] = Counter()
    made = []
    for officer, worker in zip(officers, workers, strict=True):
        if officer.role not in ANSWERING:
            continue
        for code in officer.area_codes:
            if parts[code] == len(PARTS):
                continue
            part = PARTS[parts[code]]
            parts[code] += 1
            place = places[code]
            made.append(
                Assignment(worker=worker, area_id=place.id, area_path=place.path, part=part, starts_at=at)
            )
    Assignment.objects.bulk_create(made)
