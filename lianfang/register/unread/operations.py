"""What happens to an unread address: noted when its sheet is taken, settled by a person, brought back when that was a slip."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction

from lianfang.areas.learning import is_estate_name
from lianfang.areas.models import Area, AreaAlias
from lianfang.areas.naming import fold
from lianfang.areas.operations import forget_alias, learn_alias
from lianfang.areas.rules import RANK
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.core.sealing import lookup_token
from lianfang.register.models import ImportFile, UnreadAddress, UnreadRow

State = UnreadAddress.State


class Unread(NamedTuple):
    """A row whose place could not be read: where it stands, what it says, what the reader hesitates between."""

    sheet: str
    row: int
    text: str
    candidates: Sequence[str] = ()


def address_token(text: str) -> bytes:
    return lookup_token("address", fold(text))


@transaction.atomic
def note_unread(
    *, file: ImportFile, unread: Iterable[Unread], neighbours: Mapping[tuple[str, int], Mapping[str, int]]
) -> int:
    """Put the rows of a file that were not taken for their place into the queue; returns how many texts are new.

    Taking the file again notes the same rows again: nothing doubles, and rows that were taken now are marked so.
    `neighbours`: (sheet, row) → village code → how many rows around it lie there.
    """
    by_token: dict[bytes, list[Unread]] = defaultdict(list)
    for each in unread:
        by_token[address_token(each.text)].append(each)
    known = {
        bytes(found.token): found
        for found in UnreadAddress.objects.filter(sent_for=file.county, token__in=list(by_token))
    }
    made = [
        _new_address(file, token, rows, neighbours) for token, rows in by_token.items() if token not in known
    ]
    _ask_again([found for found in known.values() if found.state == State.READ])
    for address in UnreadAddress.objects.bulk_create(made):
        known[bytes(address.token)] = address
    UnreadRow.objects.filter(file=file, taken_at=None).delete()
    UnreadRow.objects.bulk_create(
        (
            UnreadRow(
                address=known[token],
                file=file,
                area_path=file.area_path,
                sheet=each.sheet,
                row=each.row,
            )
            for token, rows in by_token.items()
            for each in rows
        ),
        batch_size=2000,
        ignore_conflicts=True,
    )
    _recount(file.county)
    return len(made)


def _ask_again(addresses: Sequence[UnreadAddress]) -> None:
    """Their answer answers no more: the village was split since. Else their rows would wait for ever."""
    for address in addresses:
        _decide(address, State.WAITING, None)


def _new_address(
    file: ImportFile,
    token: bytes,
    rows: Sequence[Unread],
    neighbours: Mapping[tuple[str, int], Mapping[str, int]],
) -> UnreadAddress:
    around: Counter[str] = Counter()
    for each in rows:
        around.update(neighbours.get((each.sheet, each.row), {}))
    return UnreadAddress(
        area_path=file.area_path,
        sent_for=file.county,
        text=rows[0].text[:400],
        token=token,
        candidates=list(dict.fromkeys(code for each in rows for code in each.candidates))[:20],
        neighbours=dict(around.most_common(20)),
        found_at=now(),
    )


def _recount(sent_for: Area) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update register_unreadaddress a set row_count = r.n from (select u.id,"
            " (select count(*) from register_unreadrow w where w.address_id = u.id and w.taken_at is null) as n"
            " from register_unreadaddress u where u.sent_for_id = %s) r where r.id = a.id and a.row_count <> r.n",
            [sent_for.pk],
        )


@transaction.atomic
def settle(*, address_id: int, area: Area, learn: str, scope: Scope, by: int) -> UnreadAddress:
    """The text lies in `area`, a village or something below it. `learn`: the name to remember, "" for none.

    Raises `register.unread_no_village`, `scope.outside`, `register.unread_settled`, `register.unread_not_in_text` and
    `areas.bad_alias`.
    """
    scope.within(area.path)
    address = _locked(scope, address_id, State.READ)
    if RANK[area.level] < RANK["village"]:
        raise Problem("register.unread_no_village", name=area.name)
    if name := fold(learn):
        # What is remembered reads every sheet of the county from now on, so it comes from what was read.
        if name not in fold(str(address.text)):
            raise Problem("register.unread_not_in_text", name=name[:20])
        kind = AreaAlias.Kind.ESTATE if is_estate_name(name) else AreaAlias.Kind.ALIAS
        address.learned = learn_alias(area=area, text=name, kind=kind, by=by)
    return _decide(address, State.READ, by, answer=area)


@transaction.atomic
def mark_outside(*, address_id: int, scope: Scope, by: int) -> UnreadAddress:
    """The place is not ours: its rows go back with the sheet, nothing is put on a guess."""
    return _decide(_locked(scope, address_id, State.OUTSIDE), State.OUTSIDE, by)


@transaction.atomic
def set_aside(*, address_id: int, scope: Scope, by: int) -> UnreadAddress:
    """Somebody has to be asked first; it stays in the queue, behind the others."""
    return _decide(_locked(scope, address_id, State.SET_ASIDE), State.SET_ASIDE, by)


@transaction.atomic
def reopen(*, address_id: int, scope: Scope, by: int) -> UnreadAddress:
    """Back into the queue: the answer was a slip. What was learned with it is forgotten."""
    address = _locked(scope, address_id, State.WAITING)
    if address.learned is not None:
        forget_alias(alias=address.learned, by=by)
        address.learned = None
    # Rows that were taken by the slip stand in the wrong village: their file is to be taken once more.
    UnreadRow.objects.filter(scope.q(), address=address).update(taken_at=None)
    _recount(address.sent_for)
    return _decide(address, State.WAITING, by)


def _locked(scope: Scope, address_id: int, wanted: str) -> UnreadAddress:
    address = (
        UnreadAddress.objects.select_for_update(of=("self",))
        .filter(scope.q(), pk=address_id)
        .select_related("answer", "learned", "sent_for")
        .first()
    )
    if address is None:
        raise Problem("register.unread_unknown")
    if wanted not in UnreadAddress.NEXT[State(address.state)]:
        raise Problem("register.unread_settled")
    return address


def _decide(address: UnreadAddress, state: str, by: int | None, answer: Area | None = None) -> UnreadAddress:
    address.state, address.answer = state, answer
    is_back = state == State.WAITING
    address.decided_by, address.decided_at = (None, None) if is_back else (by, now())
    address.save(update_fields=["state", "answer", "learned", "decided_by", "decided_at"])
    audit.record(
        f"register.unread_{state}",
        "unread_address",
        address.pk,
        by=by,
        path=address.area_path,
        **({"area": answer.code} if answer else {}),
    )
    return address


def mark_taken(file: ImportFile, *, still_unread: Collection[tuple[str, int]] = ()) -> None:
    """The file was taken again: rows whose address is settled are in the register now, but those still unread."""
    waiting = UnreadRow.objects.filter(file=file, taken_at=None, address__state=State.READ)
    by_sheet: dict[str, list[int]] = defaultdict(list)
    for sheet, row in waiting.values_list("sheet", "row"):
        if (sheet, row) not in still_unread:
            by_sheet[sheet].append(row)
    for sheet, rows in by_sheet.items():
        UnreadRow.objects.filter(file=file, sheet=sheet, row__in=rows).update(taken_at=now())
    _recount(file.county)
