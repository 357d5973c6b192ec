"""One pull: what a phone that holds a pack, or none, has to be told (docs/algorithms/sync.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lianfang.accounts.queries import Actor
from lianfang.campaigns.models import Target as TargetRow
from lianfang.core.scope import Scope
from lianfang.register.door_versions import gone_since
from lianfang.sync.packs.cursors import Cursor, digest_of, read_cursor
from lianfang.sync.packs.doors import Doors, read_doors, read_sets, read_targets
from lianfang.sync.packs.heads import AskedSet, head_id, head_of, round_key, running_here, sets_wanted
from lianfang.sync.packs.lists import read_lists
from lianfang.sync.packs.places import Place, place_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What the phone said. `cursor`, `head` and `lists` are of its last pull, '' if it has none."""

    cursor: str = ""
    head: str = ""
    lists: str = ""  # the rows of pushed lists that it holds
    area_id: int | None = None
    is_other_epoch: bool = False  # the server was restored since, or the phone says nothing of it
    works_until: dt.datetime | None = None  # of the device


@dataclass(frozen=True, slots=True)
class Pulled:
    """`answer` is JSON without what belongs to every contact (epoch, now, backed_up_through)."""

    answer: dict[str, Any]
    place: Place
    phone_count: int  # numbers opened


def pull(actor: Actor, asked: Asked, *, server_key: Mapping[str, str], now: dt.datetime) -> Pulled:
    """A fixed number of statements for any number of doors. The watermark is of the first: what is seen of
    transactions that ended later is told again with the next pull."""
    place = place_of(actor, asked.area_id)
    every = place.versions.by_household
    running = running_here(place.scope, now)
    before = None if asked.is_other_epoch else _known(read_cursor(asked.cursor), place)
    cursor = Cursor(
        place.pack, place.versions.watermark, frozenset(round_key(taken) for taken in running.values())
    )
    digest = digest_of(every)
    changed = every if before is None else _changed(place, before, cursor)
    # What doors are asked follows from their versions and the rounds: for the same it need not be read again.
    known = (place.pack, digest, cursor.rounds)
    wanted = None if changed else _sets.get(known)
    if wanted is None:
        targets = read_targets(place.scope, every, running, now)
        sets = read_sets(place.scope, every, targets, running)
        doors = read_doors(place.scope, changed, targets, sets, running, user=actor.id)
        wanted = sets_wanted(sets)
        _keep(known, wanted)
    else:
        doors = Doors([], 0)
    head = head_of(place, running, wanted, server_key=server_key, works_until=asked.works_until)
    answer: dict[str, Any] = {
        "cursor": str(cursor),
        "full": before is None,
        "head_id": head_id(head),
        "doors": doors.rows,
        "gone": [] if before is None else _gone(place, before),
        "digest": digest,
    }
    is_new = answer["head_id"] != asked.head
    if is_new:
        answer["head"] = head
    listed = read_lists(place, now)
    answer["lists_id"] = listed.lists_id
    is_listed = listed.lists_id != asked.lists
    if is_listed:
        answer["lists"] = listed.told
    numbers = [link["phone"] for link in head["chain"] if link["phone"]] if is_new else []
    opened = doors.phone_count + len(numbers) + (listed.phone_count if is_listed else 0)
    return Pulled(answer, place, opened)


def _known(cursor: Cursor | None, place: Place) -> Cursor | None:
    """The cursor, if it is of this very pack and of this server's past."""
    if cursor is None or cursor.pack != place.pack or cursor.watermark > place.versions.watermark:
        return None
    return cursor


def _changed(place: Place, before: Cursor, cursor: Cursor) -> dict[int, int]:
    """Doors that a transaction touched which the phone may not have seen, and those of rounds that have opened,
    closed or been declared otherwise since."""
    changed = {pk for pk, version in place.versions.by_household.items() if version >= before.watermark}
    if others := before.rounds ^ cursor.rounds:
        changed |= _listed(place.scope, {int(key[:-1]) for key in others})
    return {pk: version for pk, version in place.versions.by_household.items() if pk in changed}


def _listed(scope: Scope, round_ids: Iterable[int]) -> set[int]:
    """Households on the lists of these rounds, whether or not they still run."""
    found = TargetRow.objects.filter(scope.q(), round_id__in=list(round_ids))
    return set(found.values_list("household_id", flat=True))


def _gone(place: Place, before: Cursor) -> list[int]:
    here = place.versions.by_household
    return [pk for pk in gone_since(place.scope, before.watermark) if pk not in here]


Known = tuple[str, str, frozenset[str]]  # pack, digest, rounds
MOST_KNOWN = 4000  # packs whose sets a process remembers: some hundred bytes each
_sets: dict[Known, frozenset[AskedSet]] = {}


def _keep(known: Known, wanted: frozenset[AskedSet]) -> None:
    if len(_sets) >= MOST_KNOWN:
        _sets.clear()
    _sets[known] = wanted
