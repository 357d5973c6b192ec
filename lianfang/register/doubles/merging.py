"""Saying of two rows that they are one person, or two; and taking that back.

A merge changes two rows and at most one household. Both rows are kept as they were, sealed with the merge, so that it
can be undone exactly. What running rounds make of it follows in `campaigns/operations/merging.py`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.core.sealing import seal_bytes, unseal_json
from lianfang.register.doubles.finding import common_path, find_for
from lianfang.register.models import Double, Household, Merge, Person
from lianfang.register.tokens import refresh_tokens

UNDO_DAYS = 30
IMAGES = "merge.images"
# What may be taken from the row that goes. Where somebody lives is decided by which row stays.
FIELDS = (
    "name",
    "sex",
    "birth_on",
    "id_number",
    "phone",
    "relation",
    "is_registered_here",
    "is_living_here",
    "is_here_tonight",
    "registered_place",
    "present_place",
    "reference",
)
_TEXTS = {"name", "sex", "id_number", "phone", "registered_place", "present_place", "reference", "birth_on"}


def get_double(scope: Scope, double_id: int) -> Double:
    found = (
        Double.objects.filter(scope.q(), pk=double_id)
        .select_related("person_a__household__door", "person_b__household__door")
        .first()
    )
    if found is None:
        raise Problem("register.unknown_double")
    return found


@transaction.atomic
def keep_apart(*, double_id: int, scope: Scope, by: int) -> Double:
    """不是同一个人: the pair is never asked about again."""
    double = _open_double(scope, double_id)
    _decide(double, Double.State.DIFFERENT, by)
    audit.record("double.different", "double", double.pk, by=by, path=double.area_path)
    return double


@transaction.atomic
def ask_again(*, double_id: int, scope: Scope, by: int) -> Double:
    """Take back that they are two: the pair waits again."""
    double = Double.objects.select_for_update().filter(scope.q(), pk=double_id).first()
    if double is None:
        raise Problem("register.unknown_double")
    if double.state != Double.State.DIFFERENT:
        raise Problem("register.double_decided")
    _decide(double, Double.State.OPEN, None)
    audit.record("double.ask_again", "double", double.pk, by=by, path=double.area_path)
    return double


def _open_double(scope: Scope, double_id: int) -> Double:
    double = Double.objects.select_for_update().filter(scope.q(), pk=double_id).first()
    if double is None:
        raise Problem("register.unknown_double")
    if double.state != Double.State.OPEN:
        raise Problem("register.double_decided")
    return double


def _decide(double: Double, state: str, by: int | None) -> None:
    double.state, double.decided_by = state, by
    double.decided_at = now() if by else None
    double.save(update_fields=["state", "decided_at", "decided_by"])


# ---------- merging ----------


def usual_choice(kept: Person, dropped: Person) -> tuple[str, ...]:
    """The fields whose value is better taken from the row that goes: what the other does not say."""
    return tuple(f for f in FIELDS if f in _TEXTS and not getattr(kept, f) and getattr(dropped, f))


@transaction.atomic
def merge_people(*, keep_id: int, drop_id: int, take: Collection[str] | None, scope: Scope, by: int) -> Merge:
    """同一个人: `keep_id` goes on, with the values of the fields in `take` from the other (None: the usual choice).

    The other row stays, no longer current, and points to the one kept. A household that nobody is left in ends.
    Raises `register.unknown_person` when either is outside `scope`, `register.not_two` when they cannot be merged.
    """
    kept, dropped = _two(scope, keep_id, drop_id)
    fields = usual_choice(kept, dropped) if take is None else tuple(f for f in FIELDS if f in set(take))
    homes = sorted({kept.household_id, dropped.household_id})
    before = _images([keep_id, drop_id], homes)
    for field in fields:
        setattr(kept, field, getattr(dropped, field))
    if "name" in fields:
        kept.initials = dropped.initials
    kept.save(update_fields=[*fields, "initials"])
    dropped.is_current, dropped.merged_into = False, kept
    dropped.save(update_fields=["is_current", "merged_into"])
    _end_if_empty(dropped.household_id, kept.household_id)
    refresh_tokens([keep_id, drop_id])
    images = {"before": before, "after": _images([keep_id, drop_id], homes)}
    merge = Merge.objects.create(
        kept=kept,
        dropped=dropped,
        area_path=common_path(kept.area_path, dropped.area_path),
        taken=list(fields),
        images=seal_bytes(json.dumps(images).encode(), key="register", purpose=IMAGES),
        merged_at=now(),
        merged_by=by,
    )
    _settle_doubles(merge, by)
    audit.record(
        "person.merge",
        "person",
        kept.pk,
        by=by,
        path=merge.area_path,
        dropped=dropped.pk,
        merge=merge.pk,
        fields=list(fields),
    )
    return merge


def _two(scope: Scope, keep_id: int, drop_id: int) -> tuple[Person, Person]:
    if keep_id == drop_id:
        raise Problem("register.not_two")
    homes = Person.objects.filter(scope.q(), pk__in=[keep_id, drop_id]).values_list("household_id", flat=True)
    # Locks in the order of all rooms: households, then people.
    list(Household.objects.select_for_update().filter(scope.q(), pk__in=list(homes)).order_by("pk"))
    found = {
        person.pk: person
        for person in Person.objects.select_for_update()
        .filter(scope.q(), pk__in=[keep_id, drop_id])
        .order_by("pk")
    }
    if len(found) < 2:
        raise Problem("register.unknown_person")
    kept, dropped = found[keep_id], found[drop_id]
    if not (kept.is_current and dropped.is_current):
        raise Problem("register.not_two")
    return kept, dropped


def _end_if_empty(household_id: int, kept_household_id: int) -> None:
    if household_id != kept_household_id:
        left = Person.objects.filter(household_id=household_id, is_current=True).exists()
        if not left:
            Household.objects.filter(pk=household_id).update(is_current=False)


def _settle_doubles(merge: Merge, by: int) -> None:
    """The pair is settled; other pairs of the row that went are looked for anew from the row that stays."""
    a, b = sorted((merge.kept_id, merge.dropped_id))
    pair = Double.objects.filter(person_a_id=a, person_b_id=b).first()
    if pair:
        _decide(pair, Double.State.MERGED, by)
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from register_double where state = 'open' and %s in (person_a_id, person_b_id)",
            [merge.dropped_id],
        )
    find_for(person_ids=[merge.kept_id], by=by, found_by=f"merge {merge.pk}")


# ---------- undoing ----------


def get_merge(scope: Scope, merge_id: int) -> Merge:
    found = Merge.objects.filter(scope.q(), pk=merge_id).first()
    if found is None:
        raise Problem("register.unknown_merge")
    return found


@transaction.atomic
def undo_merge(*, merge_id: int, scope: Scope, by: int) -> Merge:
    """撤销合并: both rows as they were before. Raises `register.merge_too_old` after 30 days, `register.merge_changed`
    when what the merge had changed was changed again since."""
    merge = Merge.objects.select_for_update().filter(scope.q(), pk=merge_id).first()
    if merge is None:
        raise Problem("register.unknown_merge")
    if merge.undone_at:
        raise Problem("register.merge_undone")
    if now() - merge.merged_at > dt.timedelta(days=UNDO_DAYS):
        raise Problem("register.merge_too_old")
    images = unseal_json(merge.images, purpose=IMAGES)
    changed = _changed(images["before"], images["after"])
    people = [merge.kept_id, merge.dropped_id]
    homes = [int(key) for key in images["before"]["register_household"]]
    list(Household.objects.select_for_update().filter(pk__in=homes).order_by("pk"))
    list(Person.objects.select_for_update().filter(pk__in=people).order_by("pk"))
    current = _images(people, homes)
    _require_unchanged(merge, images["after"], current, changed)
    for table, rows in changed.items():
        for key, names in rows.items():
            _restore(table, int(key), images["before"][table][key], names)
    # The others may have left it since: whoever is back must not live where no list looks.
    lived_in = Person.objects.filter(pk__in=people, is_current=True).values("household_id")
    Household.objects.filter(pk__in=lived_in, is_current=False).update(is_current=True)
    merge.undone_at, merge.undone_by = now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    a, b = sorted(people)
    Double.objects.filter(person_a_id=a, person_b_id=b).update(
        state=Double.State.OPEN, decided_at=None, decided_by=None
    )
    refresh_tokens(people)
    find_for(person_ids=people, by=by, found_by=f"merge {merge.pk}")
    audit.record(
        "person.undo_merge",
        "person",
        merge.kept_id,
        by=by,
        path=merge.area_path,
        dropped=merge.dropped_id,
        merge=merge.pk,
    )
    return merge


Images = dict[
    str, dict[str, dict[str, Any]]
]  # table → id → column → value as JSON, sealed ones as they are stored


def _images(people: Collection[int], homes: Collection[int]) -> Images:
    found: Images = {}
    with connection.cursor() as cursor:
        for table, ids in (("register_person", people), ("register_household", homes)):
            cursor.execute(
                f"select id, to_jsonb(t)::text from {table} t where id = any(%s)",  # noqa: S608 - constants
                [sorted(ids)],
            )
            found[table] = {str(key): json.loads(row) for key, row in cursor.fetchall()}
    return found


def _changed(before: Images, after: Images) -> dict[str, dict[str, list[str]]]:
    return {
        table: {
            key: names
            for key, row in rows.items()
            if (names := [name for name, value in row.items() if after[table][key][name] != value])
        }
        for table, rows in before.items()
    }


def _require_unchanged(
    merge: Merge, after: Images, current: Images, changed: dict[str, dict[str, list[str]]]
) -> None:
    kept = current["register_person"].get(str(merge.kept_id))
    if not kept or not kept["is_current"]:
        raise Problem("register.merge_changed")
    for table, rows in changed.items():
        for key, names in rows.items():
            row = current[table].get(key)
            if row is None or any(row[name] != after[table][key][name] for name in names):
                raise Problem("register.merge_changed")


def _restore(table: str, key: int, row: dict[str, Any], names: list[str]) -> None:
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {table} t set ({columns}) = (select {columns} from jsonb_populate_record(null::{table}, %s::jsonb))"  # noqa: S608 - our columns
            " where t.id = %s",
            [json.dumps(row), key],
        )
