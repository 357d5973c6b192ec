"""Rows go along with their area: every table with a PathField, set-wise, in the transaction of the change.

Low and without names of rooms: a model says by `PathField(follows=…)` how its rows follow, and this walks all models.
"""

# Table and column names come from the models, never from a request.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models

from lianfang.core.arrays import columns
from lianfang.core.models import STAYS, Follows, PathField
from lianfang.core.scope import subtree
from lianfang.core.set_wise import whole_area

AREA_MODEL = "areas.Area"


class Moved(NamedTuple):
    """One area, at any depth, whose rows go elsewhere. Ids differ where the area itself was replaced."""

    old_path: str
    new_path: str
    old_id: int
    new_id: int
    village_path: str  # under which its rows are counted from now on; "" above villages
    is_wider: bool = False  # the new area holds more than the old one did


@dataclass(frozen=True)
class Column:
    """A path column and the columns of the same row that name the area itself."""

    model: type[models.Model]
    name: str
    follows: Follows
    area_columns: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def path_columns() -> Iterator[Column]:
    """Every path column that may follow, counters last: they are locked last everywhere."""
    found = []
    for model in apps.get_models():
        areas = _area_columns(model)
        for field in model._meta.local_concrete_fields:
            if isinstance(field, PathField) and model._meta.label != AREA_MODEL and field.follows != STAYS:
                found.append(
                    Column(model, field.attname, field.follows, () if field.follows.village else areas)
                )
    # Otherwise from the register up, as work rooms lock: what a visit reads first is moved first.
    return iter(sorted(found, key=lambda one: bool(one.follows.sums)))


def _area_columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(
        field.attname
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model._meta.label == AREA_MODEL
    )


def follow(moved: Sequence[Moved], values: dict[str, Any]) -> dict[str, int]:
    """Take the rows of these areas along. `values`: what the models' SET clauses name. Returns rows by table."""
    if not moved:
        return {}
    _stage(moved)
    counts: dict[str, int] = {}
    with whole_area(), connection.cursor() as cursor:
        for column in path_columns():
            if column.follows.if_wider:
                cursor.execute(_wider(column), values)
            cursor.execute(_summed(column) if column.follows.sums else _carried(column), values)
            counts[column.table] = counts.get(column.table, 0) + cursor.rowcount
        for model in apps.get_models():
            if model._meta.app_label == "areas" or any(
                isinstance(field, PathField) for field in model._meta.local_concrete_fields
            ):
                continue
            for name in _area_columns(model):
                cursor.execute(
                    f"update {model._meta.db_table} t set {name} = m.new_id from area_moved m"
                    f" where t.{name} = m.old_id and m.old_id <> m.new_id"
                )
        cursor.execute("drop table area_moved")
    return {table: count for table, count in counts.items() if count}


def _stage(moved: Sequence[Moved]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            'create temporary table area_moved (old_path text collate "C" primary key, new_path text collate "C",'
            ' old_id bigint, new_id bigint, village_path text collate "C", is_wider boolean) on commit drop'
        )
        cursor.execute(
            "insert into area_moved select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[],"
            " %s::text[], %s::boolean[])",
            columns(moved),
        )
        cursor.execute("analyze area_moved")


def _carried(column: Column) -> str:
    goal = "village_path" if column.follows.village else "new_path"
    sets = [f"{column.name} = m.{goal}"]
    sets += [
        f"{name} = case when t.{name} = m.old_id then m.new_id else t.{name} end"
        for name in column.area_columns
    ]
    stay = " and not m.is_wider" if column.follows.if_wider else ""
    return (
        f"update {column.table} t set {', '.join(sets)} from area_moved m"
        f" where t.{column.name} = m.old_path and m.{goal} <> '' and ({column.follows.when}){stay}"
    )


def _wider(column: Column) -> str:
    return (
        f"update {column.table} t set {column.follows.if_wider} from area_moved m"
        f" where t.{column.name} = m.old_path and m.is_wider and ({column.follows.when})"
    )


def _summed(column: Column) -> str:
    """Counters of two villages that become one are added up; their sum is what it was."""
    meta, sums = column.model._meta, column.follows.sums
    names = [field.attname for field in meta.local_concrete_fields]
    keys = [name for name in names if name not in sums]
    chosen = ["goal" if name == column.name else name for name in keys]
    added = ", ".join(f"{name} = c.{name} + excluded.{name}" for name in sums)
    return (
        f"with gone as (delete from {column.table} t using area_moved m where t.{column.name} = m.old_path"
        f" and m.village_path <> '' and ({column.follows.when}) returning t.*, m.village_path as goal)"
        f" insert into {column.table} as c ({', '.join([*keys, *sums])})"
        f" select {', '.join([*chosen, *(f'sum({name})' for name in sums)])} from gone"
        f" group by {', '.join(str(place + 1) for place in range(len(keys)))}"
        f" order by {', '.join(str(place + 1) for place in range(len(keys)))}"
        f" on conflict ({', '.join(keys)}) do update set {added}"
    )


def hanging(paths: Iterable[str], values: dict[str, Any]) -> dict[str, dict[str, int]]:
    """What would follow from each of these areas and all below them: path → model label → rows."""
    paths = list(paths)
    found: dict[str, dict[str, int]] = {path: {} for path in paths}
    if not paths:
        return found
    lows, highs = columns([subtree(path) for path in paths])
    with connection.cursor() as cursor:
        for column in path_columns():
            if column.follows.sums or column.follows.village:
                continue
            cursor.execute(
                "select r.low, n.count from unnest(%(low)s::text[], %(high)s::text[]) r(low, high) cross join lateral"
                f" (select count(*) from {column.table} t where t.{column.name} >= r.low"
                f" and t.{column.name} < r.high and ({column.follows.when})) n where n.count > 0",
                {"low": lows, "high": highs, **values},
            )
            for path, count in cursor.fetchall():
                found[path][column.model._meta.label] = count
    return found
