"""What waits for a person in the register: unread addresses, pairs that may be one person, sheets that came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from lianfang.core.scope import Scope
from lianfang.register.doubles.reading import open_pairs
from lianfang.register.file_queries import waiting_files
from lianfang.register.models import UnreadAddress, UnreadRow

State = UnreadAddress.State


@dataclass(frozen=True, slots=True)
class Waiting:
    """None: not this person's to settle. `row_count`: rows that say the unread addresses. `ready_count`: rows whose
    address has been settled and that can be taken now."""

    address_count: int | None = None
    row_count: int = 0
    ready_count: int = 0
    pair_count: int | None = None
    file_count: int | None = None

    @property
    def is_anything(self) -> bool:
        return self.address_count is not None or self.pair_count is not None


def waiting(*, load: Scope | None, merge: Scope | None) -> Waiting:
    """In the areas where one may load sheets, and in those where one may merge; each None when there are none."""
    sets: dict[str, QuerySet[Any]] = {}
    if merge:
        sets["pair_count"] = open_pairs(merge)
    if load:
        rows = UnreadRow.objects.filter(load.q(), taken_at=None)
        sets |= {
            "address_count": UnreadAddress.objects.filter(load.q(), state=State.WAITING),
            "row_count": rows.filter(address__state=State.WAITING),
            "ready_count": rows.filter(address__state=State.READ),
            "file_count": waiting_files(load),
        }
    return Waiting(**_counted(sets))


def _counted(sets: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many each has, in one statement: it stands on a page of twelve."""
    if not sets:
        return {}
    compiled = [each.order_by().values("pk").query.sql_with_params() for each in sets.values()]
    columns = ", ".join(f"(select count(*) from ({sql}) q)" for sql, _ in compiled)  # noqa: S608 - the compiler's own SQL
    with connection.cursor() as cursor:
        cursor.execute(f"select {columns}", [value for _, values in compiled for value in values])
        return dict(zip(sets, cursor.fetchone(), strict=True))
