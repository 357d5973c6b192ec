"""Reading department tables: the list, one table with its fillings, and what was asked of an area."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Round
from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.core.sealing import unseal_bytes, unseal_json
from lianfang.questions.models import Form
from lianfang.reports.layouts import ConfirmedSheet, SeenSheet, confirmed_of, seen_of
from lianfang.reports.models import DepartmentTable, TableFilling, TableShare, TableTemplate

State = DepartmentTable.State
CONTENT, SEEN, FILLED = "department_table.content", "department_table.seen", "department_table.filled"
SORTS = {
    "title": "title",
    "department": "department",
    "state": "state",
    "registered": "registered_at",
    "saved": "saved_count",
    "filled": "filled_at",
}
SHOWS = {
    "": Q(deleted_at__isnull=True),
    "waiting": Q(
        deleted_at__isnull=True, state__in=(State.READING, State.DRAFT, State.CONFIRMED, State.UNREADABLE)
    ),
    "running": Q(deleted_at__isnull=True, state=State.APPROVED),
    "stopped": Q(deleted_at__isnull=True, state=State.STOPPED),
    "deleted": Q(deleted_at__isnull=False),
}


def tables_in(scope: Scope) -> QuerySet[DepartmentTable]:
    """Tables of an area that overlaps the scope: a village sees the county's table, of which it is a row."""
    overlaps = scope.q()
    for low, _ in scope.ranges:
        overlaps |= Q(area_path__in=prefixes(low))
    return DepartmentTable.objects.filter(overlaps).select_related("area")


def get_table(scope: Scope, table_id: int) -> DepartmentTable:
    """Raises `reports.unknown_table`, also for one of areas elsewhere."""
    found = tables_in(scope).filter(pk=table_id).first()
    if found is None:
        raise Problem("reports.unknown_table")
    return found


@dataclass(frozen=True, slots=True)
class TableFilter:
    """`show`: a key of SHOWS."""

    show: str = ""
    text: str = ""
    department: str = ""
    sort: str = "-registered"
    number: int = 1


@dataclass(frozen=True, slots=True)
class TablePage(Paged):
    rows: Sequence[DepartmentTable]
    total_count: int
    number: int


def tables_page(scope: Scope, wanted: TableFilter, *, size: int = PAGE) -> TablePage:
    found = with_counts(tables_in(scope).filter(SHOWS.get(wanted.show, SHOWS[""])), scope)
    if wanted.text:
        found = found.filter(Q(title__icontains=wanted.text) | Q(department__icontains=wanted.text))
    if wanted.department:
        found = found.filter(department=wanted.department)
    column = SORTS.get(wanted.sort.removeprefix("-"), "registered_at")
    order = f"-{column}" if wanted.sort.startswith("-") else column
    start = (wanted.number - 1) * size
    return TablePage(list(found.order_by(order, "-pk")[start : start + size]), found.count(), wanted.number)


def with_counts(found: QuerySet[DepartmentTable], scope: Scope) -> QuerySet[DepartmentTable]:
    """Each with what was filled within the scope: how often, the last time, cells nobody had to type."""
    made = TableFilling.objects.filter(scope.q(), table=OuterRef("pk"), made_at__isnull=False, fault_code="")
    last = made.order_by("-as_of")
    shares = TableShare.objects.filter(scope.q(), table=OuterRef("pk")).values("table")
    return found.annotate(
        filling_count=Coalesce(
            Subquery(made.values("table").annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0
        ),
        saved_count=Coalesce(
            Subquery(shares.annotate(n=Sum("filled_count")).values("n"), output_field=IntegerField()), 0
        ),
        filled_at=Subquery(last.values("as_of")[:1]),
        filled_count=Subquery(last.values("filled_count")[:1]),
        unknown_count=Subquery(last.values("unknown_count")[:1]),
    )


def table_counts(scope: Scope) -> dict[str, int]:
    """How many tables each `show` lists."""
    counted = {key or "all": Count("pk", filter=clause) for key, clause in SHOWS.items()}
    found = tables_in(scope).aggregate(**counted)
    return {key: found[key or "all"] for key in SHOWS}


def departments_in(scope: Scope) -> list[str]:
    """Who has asked for a table before, for the field that asks."""
    found = tables_in(scope).exclude(department="").values_list("department", flat=True)
    return sorted(set(found[:500]))


# ---------- one table ----------


def template_of(scope: Scope, table: DepartmentTable) -> TableTemplate | None:
    """The file of a table, for whose area the scope must hold. Its content is read when it is asked for."""
    return TableTemplate.objects.filter(scope.q(), pk=table.pk).defer("content").first()


def content_of(template: TableTemplate) -> bytes:
    return unseal_bytes(template.content, purpose=CONTENT)


def seen_sheets(template: TableTemplate | None) -> tuple[SeenSheet, ...]:
    if template is None or template.seen is None:
        return ()
    return seen_of(unseal_json(template.seen, purpose=SEEN))


def notes_of(template: TableTemplate | None) -> list[str]:
    if template is None or template.seen is None:
        return []
    return list(unseal_json(template.seen, purpose=SEEN)["notes"])


def confirmed_sheets(table: DepartmentTable) -> tuple[ConfirmedSheet, ...]:
    return confirmed_of(table.layout)


def fillings_of(scope: Scope, table: DepartmentTable, *, limit: int = 30) -> list[TableFilling]:
    """The newest first, without their files."""
    found = TableFilling.objects.filter(scope.q(), table=table).select_related("area").defer("content")
    listed = list(found.order_by("-as_of", "-pk")[:limit])
    for filling in listed:
        filling.table = table
    return listed


def get_filling(scope: Scope, filling_id: int) -> TableFilling:
    found = (
        TableFilling.objects.filter(scope.q(), pk=filling_id).select_related("table", "area").defer("content")
    )
    filling = found.first()
    if filling is None:
        raise Problem("reports.unknown_filling")
    return filling


def earlier_versions(area_path: str, *, limit: int = 40) -> list[DepartmentTable]:
    """Tables of an area whose meanings were confirmed, the newest first: where a new version looks for its own."""
    states = (State.CONFIRMED, State.APPROVED, State.STOPPED)
    found = DepartmentTable.objects.filter(area_path=area_path, state__in=states, deleted_at__isnull=True)
    return list(found.order_by("-state_at", "-pk")[:limit])


# ---------- what was asked of an area ----------


@dataclass(frozen=True, slots=True)
class AskedTable:
    """A table that wants something of an area: what was filled in for it on a day."""

    table: DepartmentTable
    filled_count: int
    unknown_count: int
    slots: tuple[str, ...]


def tables_asked(scope: Scope, area: Area, day: dt.date) -> list[AskedTable]:
    """Of one area on one day, with the tables that are in use and have not been filled for it."""
    inside = scope.within(area.path)
    shares = TableShare.objects.filter(inside.q(), filled_on=day, table=OuterRef("pk")).values("table")
    rows = JSONBAgg(JSONObject(slot="slot", filled="filled_count", unknown="unknown_count"))
    tables = tables_in(inside).annotate(share_rows=Subquery(shares.annotate(rows=rows).values("rows")))
    wanted = tables.filter(
        Q(share_rows__isnull=False) | Q(state=State.APPROVED), deleted_at__isnull=True
    ).order_by("department", "title")
    return [_asked(table, table.share_rows or []) for table in wanted]


def _asked(table: DepartmentTable, shares: Sequence[Mapping[str, Any]]) -> AskedTable:
    newest = max((one["slot"] for one in shares), default="")
    return AskedTable(
        table,
        sum(one["filled"] for one in shares),
        sum(one["unknown"] for one in shares if one["slot"] == newest),
        tuple(sorted({one["slot"] for one in shares})),
    )


def questions_of_tables(tables: Iterable[DepartmentTable]) -> dict[str, list[DepartmentTable]]:
    """Question → the tables whose columns need it."""
    found: dict[str, list[DepartmentTable]] = {}
    for table in tables:
        keys = {
            meaning.key
            for sheet in confirmed_sheets(table)
            if sheet.is_taken
            for meaning in sheet.meanings
            if meaning.kind == "question"
        }
        for key in sorted(keys):
            found.setdefault(key, []).append(table)
    return found


def questions_asked(rounds: Iterable[Round]) -> dict[int, list[str]]:
    """By campaign: the keys of the questions of its form, all in one statement."""
    wanted = {one.campaign_id: (one.campaign.form_key, one.campaign.form_version) for one in rounds}
    forms = Form.objects.filter(key__in=[key for key, _version in wanted.values()])
    items = {
        (form.key, form.version): [item["question"] for item in form.definition["items"]] for form in forms
    }
    return {campaign: items.get(form, []) for campaign, form in wanted.items()}


def tables_using(scope: Scope) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(kind, key) of a figure or a question → the tables in use that carry it, for the catalogue of figures."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for table in (
        tables_in(scope).filter(state=State.APPROVED, deleted_at__isnull=True).order_by("title")[:200]
    ):
        for sheet in confirmed_sheets(table):
            for meaning in sheet.meanings if sheet.is_taken else ():
                if meaning.kind in ("figure", "question"):
                    tables = found.setdefault((meaning.kind, meaning.key), [])
                    if all(one["pk"] != table.pk for one in tables):
                        tables.append({"pk": table.pk, "title": table.title, "department": table.department})
    return found
