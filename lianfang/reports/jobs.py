"""What the worker process does for department tables. A job carries ids only and opens a scope of its own."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.areas.models import Area
from lianfang.core.scope import Scope, scoped
from lianfang.reports.models import DepartmentTable, TableFilling
from lianfang.reports.operations import fillings, tables

log = logging.getLogger(__name__)
AT_ONCE_BYTES = 100_000  # a template of a department has some ten kilobytes; one with rows is read by a job
_RETRY = RetryStrategy(max_attempts=5, wait=5, retry_exceptions={OperationalError, InterfaceError})


@app.task(name="lianfang.read_table", queue="files", retry=_RETRY)
def read(table_id: int, area_id: int, by: int) -> str:
    scope = _scope(area_id, by, "read_table")
    with scoped(scope) as inside:
        return tables.read_table(table_id=table_id, scope=inside).state


@app.task(name="lianfang.fill_table", queue="files", retry=_RETRY)
def fill(filling_id: int, area_id: int, by: int | None) -> int:
    """Returns how many cells were filled."""
    filling = fillings.make_filling(filling_id=filling_id, scope=_scope(area_id, by, "fill_table"))
    return filling.filled_count


@app.periodic(cron="* * * * *")
@app.task(name="lianfang.fill_due_tables", queue="clock", queueing_lock="fill_due_tables")
def fill_due_tables(timestamp: int) -> int:
    """Tables end on their last day and are filled at their hours."""
    tables.end_due_tables()
    with transaction.atomic():
        begun = fillings.begin_due_fillings()
        for filling in begun:
            fill.configure(lock=f"filling-{filling.table_id}").defer(
                filling_id=filling.pk, area_id=filling.area_id, by=None
            )
    return len(begun)


@app.periodic(cron="40 3 * * *")
@app.task(name="lianfang.purge_tables", queue="clock", queueing_lock="purge_tables")
def purge_tables(timestamp: int) -> int:
    return tables.purge_tables()


def _scope(area_id: int, by: int | None, purpose: str) -> Scope:
    return Scope.over([Area.objects.get(pk=area_id).path], actor_id=by, purpose=purpose)


def ask_read(table: DepartmentTable, *, scope: Scope, by: int, byte_count: int) -> DepartmentTable:
    """A small file is read at once, a large one by the worker, queued with the request."""
    if byte_count <= AT_ONCE_BYTES:
        return tables.read_table(table_id=table.pk, scope=scope)
    read.configure(lock=f"table-{table.pk}").defer(table_id=table.pk, area_id=table.area_id, by=by)
    return table


def ask_fill(*, table_id: int, area: Area, scope: Scope, by: int) -> TableFilling:
    """Fill a table for an area: at once where a page can wait for it, else by the worker."""
    filling = fillings.begin_filling(table_id=table_id, area=area, scope=scope, by=by)
    if not fillings.is_long(filling.table, area):
        return fillings.make_filling(filling_id=filling.pk, scope=scope.within(area.path))
    fill.configure(lock=f"filling-{table_id}").defer(filling_id=filling.pk, area_id=area.pk, by=by)
    return filling
