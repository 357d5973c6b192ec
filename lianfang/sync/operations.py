"""Taking in what a phone sends: when it happened, which of it counts, and one receipt for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from lianfang.accounts.devices.operations import note_contact, note_stored
from lianfang.accounts.models import Device, Grant
from lianfang.accounts.rules import FIELD_ROLES
from lianfang.core import audit
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import RANGES, Scope
from lianfang.intake.differing import SAW_NOTHING
from lianfang.intake.operations import Filer, OperationInput, Receipt, filer_of, receive, settled_receipts
from lianfang.sync import epoch
from lianfang.sync.models import DeviceOperation
from lianfang.sync.pushes import MOST_SEQ, Push, Sent
from lianfang.sync.rules import Moment, Stamp, Standing, Window, fate, has_ended, missing_seq, true_times

MOST_HOLES = 100  # told in one answer; the rest in the next


@dataclass(frozen=True, slots=True)
class Answer:
    """What a push is answered with. Receipts in the order in which the operations were given."""

    receipts: tuple[Receipt, ...]
    missing_seq: tuple[tuple[int, int], ...]
    epoch: str
    backed_up_through: dt.datetime | None
    now: dt.datetime


def receive_push(*, device: Device, push: Push) -> Answer:
    """Store, date and file one push of this device, in the order in which its operations were made.

    A device that was revoked, or whose shift is over, is heard all the same: what it did before that counts, the rest
    is quarantined. `push.contact.is_direct` False: an envelope that was handed over, which tells nothing of the phone
    as it is now. Raises `sync.other_device`.
    """
    if push.device != device.pk:
        raise Problem("sync.other_device")
    told = epoch.current()
    ops = sorted(push.ops, key=lambda sent: (sent.stamp is None, sent.stamp.seq if sent.stamp else 0))
    received_at = push.contact.received_at
    rights = filer_of(device.user_id)
    standing = _standing(device, rights, received_at)
    stamps = [sent.stamp for sent in ops if sent.stamp]
    moments = _moments(device, stamps, push, has_ended(standing, received_at))
    dated = [_dated(sent, moments, standing, received_at) for sent in ops]
    # Versions of a database that is gone mean nothing here: what others told may not have been seen. Nor does a phone
    # see everything because it names no version: of a door that left its pack it knows nothing.
    is_known = push.epoch == told.value
    dated = [replace(op, base_version=(is_known and op.base_version) or SAW_NOTHING) for op in dated]
    rights = _rights_then(device, rights, standing, received_at)
    receipts = receive(
        dated,
        source="phone",
        scope=rights.scope,
        home_path=device.area_path,
        by=rights.by,
        others=rights.others,
    )
    _note_numbers(device, ops, moments, received_at)
    by_place = dict(zip((id(sent) for sent in ops), _marked(device, dated, receipts), strict=True))
    present = _present(device)
    stored_count = sum(last - first + 1 for first, last in present)
    if not push.contact.is_direct:
        note_stored(device=device, stored_count=stored_count)
    else:
        note_contact(
            device=device,
            app=push.app,
            contract=1,
            reported=push.reported,
            at=received_at,
            stored_count=stored_count,
        )
    return Answer(
        tuple(by_place[id(sent)] for sent in push.ops),
        tuple(missing_seq(present)[:MOST_HOLES]),
        told.value,
        told.backed_up_through,
        now(),
    )


def note_told(*, device: Device, last_seq: int | None, at: dt.datetime) -> None:
    """A phone pulls, and says how many operations it has made by now. Not asked of pushes: one may hang in a network for
    hours, and come with a number of long ago."""
    if last_seq is None or last_seq > MOST_SEQ:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [device.pk, last_seq, at, at])


_TOLD = """
insert into sync_devicecontact as t (device_id, last_seq, first_at, last_at) values (%s, %s, %s, %s)
on conflict (device_id, last_seq) do update set last_at = greatest(t.last_at, excluded.last_at)
"""


def settled_of(*, device: Device, op_ids: Collection[UUID]) -> list[Receipt]:
    """Of what this device sent and a person had to look at: what has been settled. Of ids under which it sent nothing
    it learns nothing."""
    if not op_ids:
        return []
    own = DeviceOperation.objects.filter(device_id=device.pk, op_id__in=op_ids).values_list(
        "op_id", flat=True
    )
    sent = set(own)
    return settled_receipts(sent, device.user_id) if sent else []


def _earliest(*moments: dt.datetime | None) -> dt.datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _standing(device: Device, rights: Filer, received_at: dt.datetime) -> Standing:
    """A phone ends by itself, or with the last role under which its user worked at doors. Of an account that was
    closed nobody knows since when: a person looks at all that still comes."""
    works_until = device.works_until
    if not device.user.is_active:
        works_until = device.enrolled_at
    elif not rights.scope.ranges:
        roles = Grant.objects.filter(user=device.user_id, role__in=FIELD_ROLES, starts_at__lte=received_at)
        role_ends_at = roles.aggregate(last=Max("ends_at"))["last"] or device.enrolled_at
        works_until = _earliest(works_until, role_ends_at)
    return Standing(_earliest(device.revoked_at, device.forgotten_at), works_until)


def _rights_then(device: Device, rights: Filer, standing: Standing, received_at: dt.datetime) -> Filer:
    """The user's of this moment. Of a phone that has ended together with its user's role: those they had until then,
    for what they did until then; the rest is not filed anyhow."""
    end = _earliest(standing.revoked_at, standing.works_until)
    if rights.scope.ranges or end is None or end > received_at or not device.user.is_active:
        return rights
    grants = Grant.objects.filter(
        user=device.user_id, role__in=FIELD_ROLES, starts_at__lte=end, ends_at__gte=end
    )
    paths = sorted({grant.area_path for grant in grants})
    return replace(rights, scope=Scope.over(paths[:RANGES], actor_id=device.user_id))


def _dated(
    sent: Sent, moments: Mapping[int, Moment], standing: Standing, received_at: dt.datetime
) -> OperationInput:
    """An operation whose number or time cannot be read counts as made when it came: so it is never older than an end."""
    moment = moments[sent.stamp.seq] if sent.stamp else Moment(received_at)
    return replace(sent.operation, happened_at=moment.at, quarantine=fate(moment, standing, received_at))


# ---------- when it happened ----------


def _moments(device: Device, stamps: Sequence[Stamp], push: Push, is_over: bool) -> dict[int, Moment]:
    """By number. The same number twice in a push is the same moment: the later one's is taken. `is_over`: the device
    has ended, and nothing that it says of its clock is believed against what is stored."""
    once = list({stamp.seq: stamp for stamp in stamps}.values())
    known = {stamp.clock for stamp in once if stamp.offset_ms is not None}
    if push.contact.is_direct:
        known.add(push.contact.clock)
    doubtful = [
        stamp.seq for stamp in once if is_over or (stamp.offset_ms is None and stamp.clock not in known)
    ]
    stored = _neighbours(device, doubtful) if doubtful else {}
    windows = _windows(device, doubtful) if doubtful else {}
    return true_times(
        once,
        push.contact,
        stored=stored,
        enrolled_at=device.enrolled_at,
        has_ended=is_over,
        windows=windows,
    )


def _neighbours(device: Device, seqs: Iterable[int]) -> dict[int, Moment]:
    """Of each number whose time is doubtful, the nearest that are stored on either side, the nearest of those whose
    offset was known, and the nearest before it whose time is in no doubt."""
    with connection.cursor() as cursor:
        cursor.execute(_NEIGHBOURS, {"device": device.pk, "seqs": literal(seqs)})
        return {
            seq: Moment(
                at, None if offset is None else dt.timedelta(milliseconds=offset), is_uncertain=is_uncertain
            )
            for seq, at, offset, is_uncertain in cursor.fetchall()
        }


def _windows(device: Device, seqs: Iterable[int]) -> dict[int, Window]:
    with connection.cursor() as cursor:
        cursor.execute(_WINDOWS, {"device": device.pk, "seqs": literal(seqs)})
        return {seq: Window(lower_at, told_at) for seq, lower_at, told_at in cursor.fetchall()}


_WINDOWS = """
select w.seq, max(c.last_at) filter (where c.last_seq < w.seq), min(c.first_at) filter (where c.last_seq >= w.seq)
from unnest(%(seqs)s::int[]) w(seq) join sync_devicecontact c on c.device_id = %(device)s group by w.seq
"""

_NEIGHBOURS = """
select distinct n.* from unnest(%(seqs)s::int[]) w(seq), lateral (
  (select seq, happened_at, offset_ms, is_uncertain from sync_deviceoperation o
   where o.device_id = %(device)s and o.seq < w.seq order by o.seq desc limit 1)
  union all
  (select seq, happened_at, offset_ms, is_uncertain from sync_deviceoperation o
   where o.device_id = %(device)s and o.seq > w.seq order by o.seq limit 1)
  union all
  (select seq, happened_at, offset_ms, is_uncertain from sync_deviceoperation o
   where o.device_id = %(device)s and o.seq < w.seq and o.offset_ms is not null order by o.seq desc limit 1)
  union all
  (select seq, happened_at, offset_ms, is_uncertain from sync_deviceoperation o
   where o.device_id = %(device)s and o.seq > w.seq and o.offset_ms is not null order by o.seq limit 1)
  union all
  (select seq, happened_at, offset_ms, is_uncertain from sync_deviceoperation o
   where o.device_id = %(device)s and o.seq < w.seq and not o.is_uncertain order by o.seq desc limit 1)) n
"""


# ---------- numbers ----------


def _note_numbers(
    device: Device, ops: Sequence[Sent], moments: Mapping[int, Moment], received_at: dt.datetime
) -> None:
    """Which numbers are here now. What came before stays as it was noted then."""
    rows = {}
    for sent in ops:
        if sent.stamp is None:
            continue
        moment = moments[sent.stamp.seq]
        offset = None if moment.offset is None else round(moment.offset.total_seconds() * 1000)
        key = (sent.stamp.seq, sent.operation.op_id)
        rows[key] = (*key, moment.at, offset, moment.is_uncertain)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE, [device.pk, received_at, *columns([rows[key] for key in sorted(rows, key=str)])]
        )
        doubled = sorted({seq for seq, is_double in cursor.fetchall() if is_double})
    fresh: dict[int, set[Any]] = {}
    for seq, op_id in rows:
        fresh.setdefault(seq, set()).add(op_id)
    doubled = sorted({*doubled, *(seq for seq, ids in fresh.items() if len(ids) > 1)})
    for seq in doubled:
        audit.record(
            "sync.number_twice", "device", device.pk, by=device.user_id, path=device.area_path, seq=seq
        )


_NOTE = """
insert into sync_deviceoperation (device_id, received_at, seq, op_id, happened_at, offset_ms, is_uncertain)
select %s, %s, v.* from unnest(%s::int[], %s::uuid[], %s::timestamptz[], %s::bigint[], %s::boolean[]) v
on conflict do nothing returning seq, exists (select from sync_deviceoperation o
  where o.device_id = sync_deviceoperation.device_id and o.seq = sync_deviceoperation.seq)
"""


def _present(device: Device) -> list[tuple[int, int]]:
    """The runs of numbers that are here. Read from the index alone."""
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [device.pk])
        return [(first, last) for first, last in cursor.fetchall()]


_PRESENT = """
select min(seq), max(seq) from (
  select seq, seq - dense_rank() over (order by seq) run from sync_deviceoperation where device_id = %s) s
group by run order by 1
"""


def _marked(device: Device, dated: Sequence[OperationInput], receipts: Sequence[Receipt]) -> list[Receipt]:
    """Receipts with a word where the time is in doubt: the same word whenever it is asked again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select op_id from sync_deviceoperation where device_id = %s and op_id = any(%s::uuid[]) and is_uncertain",
            [device.pk, literal(op.op_id for op in dated)],
        )
        doubtful = {row[0] for row in cursor.fetchall()}
    return [
        replace(receipt, detail={**receipt.detail, "clock": "uncertain"})
        if receipt.op_id in doubtful
        else receipt
        for receipt in receipts
    ]
