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
    old_village_path: str  # under which its rows were counted, and are from now on; "" above villages
    village_path: str
    is_wider: bool = False  # the new area holds more than the old one did


@dataclass(frozen=True)
class Column:
    """A path column, and the columns of the same row that name the area itself or the village it counts in."""

    model: type[models.Model]
    name: str
    follows: Follows
    area_columns: tuple[str, ...] = ()
    village_columns: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def path_columns() -> Iterator[Column]:
    """Every path column that may follow, from the register up, as work rooms lock: what a visit reads first is moved
    first."""
    for model in apps.get_models():
        fields = _path_fields(model)
        villages = tuple(field.attname for field in fields if field.follows.village)
        for field in fields:
            if model._meta.label != AREA_MODEL and not field.follows.village:
                yield Column(model, field.attname, field.follows, _area_columns(model), villages)


def counters() -> Iterator[Column]:
    """Tables of counters by village. They are written last: everybody locks them last."""
    for model in apps.get_models():
        for field in _path_fields(model):
            if field.follows.counted_from:
                yield Column(model, field.attname, field.follows)


def _path_fields(model: type[models.Model]) -> list[PathField]:
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, PathField) and field.follows != STAYS
    ]


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
            cursor.execute(_carried(column), values)
            counts[column.table] = counts.get(column.table, 0) + cursor.rowcount
        for model in apps.get_models():
            if model._meta.app_label != "areas" and not any(
                isinstance(field, PathField) for field in model._meta.local_concrete_fields
            ):
                for name in _area_columns(model):
                    cursor.execute(
                        f"update {model._meta.db_table} t set {name} = m.new_id from area_moved m"
                        f" where t.{name} = m.old_id and m.old_id <> m.new_id"
                    )
        for column in counters():
            cursor.execute(
                f"delete from {column.table} t where t.{column.name} in ({_VILLAGES}) and {column.follows.when}"
            )
            cursor.execute(
                f"insert into {column.table} {column.follows.counted_from.format(villages=_VILLAGES)}"
            )
        cursor.execute("drop table area_moved")
    return {table: count for table, count in counts.items() if count}


_VILLAGES = "select old_village_path from area_moved union select village_path from area_moved"


def _stage(moved: Sequence[Moved]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            'create temporary table area_moved (old_path text collate "C" primary key, new_path text collate "C",'
            ' old_id bigint, new_id bigint, old_village_path text collate "C", village_path text collate "C",'
            " is_wider boolean, township_code text, village_code text) on commit drop"
        )
        cursor.execute(
            "insert into area_moved select v.*, null, null from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[],"
            " %s::text[], %s::text[], %s::boolean[]) v",
            columns(moved),
        )
        areas = apps.get_model(AREA_MODEL)._meta.db_table
        cursor.execute(
            f"update area_moved m set township_code = a.code from {areas} a where a.level = 'township'"
            " and a.valid_to is null and left(m.new_path, length(a.path)) = a.path"
        )
        cursor.execute(
            f"update area_moved m set village_code = a.code from {areas} a where a.level = 'village'"
            " and a.valid_to is null and a.path = m.village_path"
        )
        cursor.execute("analyze area_moved")


def _carried(column: Column) -> str:
    sets = [f"{column.name} = m.new_path"]
    sets += [
        f"{name} = case when t.{name} = m.old_id then m.new_id else t.{name} end"
        for name in column.area_columns
    ]
    sets += [
        f"{name} = case when m.village_path <> '' then m.village_path else t.{name} end"
        for name in column.village_columns
    ]
    sets += [
        f"{name} = case when t.{name} <> '' then coalesce(m.{level}_code, t.{name}) else '' end"
        for name, level in column.follows.codes
    ]
    stay = " and not m.is_wider" if column.follows.if_wider else ""
    return (
        f"update {column.table} t set {', '.join(sets)} from area_moved m"
        f" where t.{column.name} = m.old_path and ({column.follows.when}){stay}"
    )


def _wider(column: Column) -> str:
    return (
        f"update {column.table} t set {column.follows.if_wider} from area_moved m"
        f" where t.{column.name} = m.old_path and m.is_wider and ({column.follows.when})"
    )


def hanging(paths: Iterable[str], values: dict[str, Any]) -> dict[str, dict[str, int]]:
    """What would follow from each of these areas and all below them: path → model label → rows."""
    found: dict[str, dict[str, int]] = {path: {} for path in paths}
    if not found:
        return {}
    ranges = [subtree(path) for path in found]
    bounds = {"low": min(low for low, _high in ranges), "high": max(high for _low, high in ranges)}
    # One statement, and every table read once: asked for each of a county's villages by itself, tables that have no
    # index on their path were read some hundred times.
    pieces = [
        f"select '{column.model._meta.label}', t.{column.name}, count(*) from {column.table} t"
        f" where t.{column.name} >= %(low)s and t.{column.name} < %(high)s and ({column.follows.when})"
        f" group by t.{column.name}"
        for column in path_columns()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(pieces), {**bounds, **values})
        for label, path, count in cursor:
            for above in _with_all_above(path):
                if above in found:
                    found[above][label] = found[above].get(label, 0) + count
    return found


def _with_all_above(path: str) -> Iterator[str]:
    return (path[: at + 1] for at, sign in enumerate(path) if sign == ".")
