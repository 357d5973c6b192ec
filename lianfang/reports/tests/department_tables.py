"""A department's table on its way, for tests: registered, read, confirmed as proposed, approved."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from lianfang.reports.layouts import ConfirmedSheet
from lianfang.reports.models import DepartmentTable
from lianfang.reports.operations.tables import (
    Confirmation,
    approve_table,
    confirm_table,
    read_table,
    register_table,
)
from lianfang.reports.queries.table_values import Who
from lianfang.reports.queries.tables import get_table, seen_sheets, template_of
from lianfang.reports.tests.evenings import TODAY
from tests.world import World


def registered(
    world: World, content: bytes, *, name: str = "周敏", area: str = "武冈市", file: str = "日报.xlsx"
) -> DepartmentTable:
    with world.acting(name) as scope:
        table = register_table(
            content=content, name=file, area=world.areas[area], scope=scope, by=world.users[name].pk
        )
        return read_table(table_id=table.pk, scope=scope)


def proposed(
    world: World, table: DepartmentTable, *, name: str = "周敏", who: Who | None = None
) -> list[ConfirmedSheet]:
    """Each sheet as it was proposed."""
    with world.acting(name) as scope:
        seen = seen_sheets(template_of(scope, get_table(scope, table.pk)))
    return [
        ConfirmedSheet(
            one.layout.name,
            one.layout.row_kind,
            tuple((one.layout.columns[proposal.column].path, proposal.meaning) for proposal in one.proposals),
            who=who or Who(is_everybody=True),
        )
        for one in seen
        if one.layout.is_fillable
    ]


def confirmed(
    world: World, table: DepartmentTable, *, name: str = "周敏", who: Who | None = None, **more: object
) -> DepartmentTable:
    said = Confirmation(
        title=table.title,
        department="县教育局",
        purpose="household_sweep",
        sheets=proposed(world, table, name=name, who=who),
    )
    with world.acting(name) as scope:
        return confirm_table(
            table_id=table.pk,
            said=replace(said, **more),  # type: ignore[arg-type]
            scope=scope,
            by=world.users[name].pk,
        )


def approved(
    world: World, content: bytes, *, who: Who | None = None, days: int = 14, **more: object
) -> DepartmentTable:
    """By 周敏, and approved by 刘志远."""
    table = confirmed(world, registered(world, content), who=who, **more)
    with world.acting("刘志远") as scope:
        return approve_table(
            table_id=table.pk,
            ends_on=TODAY + dt.timedelta(days=days),
            scope=scope,
            by=world.users["刘志远"].pk,
        )
