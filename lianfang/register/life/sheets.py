"""A later sheet that names another household: whoever is known moves on the day it is taken. Set-wise, on the
staging table of `staging.py` (n, id of who is known, household_id, area_path), before people are updated.

Whom the register has sent away by a dated event, a sheet does not fetch back to the household they left: sheets carry
no day, and an old one would undo what somebody has seen since.
"""

from __future__ import annotations

from typing import Any

from lianfang.core.clock import now, today


def note_sheet_moves(cursor: Any, *, by: int | None) -> list[tuple[str, int]]:
    """Events of those who move by this sheet, and of those who come back by it. Returns the rows (sheet, number) of
    those whom an event has sent away: they stay where they are."""
    # First of all whether there is anybody at all: mostly nobody has moved, and then one look is enough.
    cursor.execute(
        "select count(*) filter (where p.household_id <> s.household_id or not p.is_current)"
        " from staged_person s join register_person p on p.id = s.id"
    )
    if not cursor.fetchone()[0]:
        return []
    cursor.execute(_STAY)
    stayed = sorted((sheet or "", row) for sheet, row, is_merged in cursor.fetchall() if not is_merged)
    cursor.execute(_MOVE, {"day": today(), "moment": now(), "by": by})
    cursor.execute(_COME_BACK)
    return stayed


def renew_staged_households(cursor: Any) -> None:
    """After the people of a sheet are stored: households that somebody moved into are current, those that a move of
    this sheet has emptied are not."""
    cursor.execute(
        "update register_household h set is_current = true from staged_household s where s.id = h.id"
        " and not h.is_current and exists (select from register_person p where p.household_id = h.id and p.is_current)"
    )
    cursor.execute(
        "update register_household h set is_current = false from register_lifeevent e"
        " where e.household_id = h.id and e.side = 'left' and e.source = 'sheet' and e.followed_at is null"
        " and h.is_current and h.kind = 'family'"
        " and not exists (select from register_person p where p.household_id = h.id and p.is_current)"
    )


# Who left this very household by an event that stands and does not come from a sheet; and a row that was merged into
# another, which the same sheet has too: it moves nowhere, or it would live again beside the one kept.
_STAY = """
update staged_person s set household_id = p.household_id, area_path = p.area_path
from register_person p
where p.id = s.id and (p.household_id <> s.household_id or not p.is_current) and (p.merged_into_id is not null or exists (
  select from register_lifeevent e where e.person_id = p.id and e.household_id = s.household_id and e.side = 'left'
    and e.source <> 'sheet' and e.cancels is null
    and not exists (select from register_lifeevent c where c.cancels = e.event)))
returning s.sheet, s.row, p.merged_into_id is not null
"""
_MOVE = """
with moved as materialized (
  select gen_random_uuid() event, p.id, p.household_id from_id, p.area_path from_path, p.name, p.relation, p.is_current,
    s.household_id to_id, s.area_path to_path, coalesce(s.relation, p.relation) to_relation,
    json_build_object('household_id', p.household_id, 'relation', p.relation,
      'is_registered_here', p.is_registered_here, 'is_living_here', p.is_living_here,
      'is_here_tonight', p.is_here_tonight, 'is_current', p.is_current) before
  from staged_person s join register_person p on p.id = s.id
  where (p.household_id <> s.household_id and p.is_current) or (not p.is_current and p.household_id <> s.household_id
    and not exists (select from register_lifeevent e where e.person_id = p.id and e.kind = 'died' and e.cancels is null
      and not exists (select from register_lifeevent c where c.cancels = e.event)))),
sides as (
  select m.*, 'left' side, from_id home, from_path path, relation said, before then_was from moved m where is_current
  union all
  select m.*, 'came', to_id, to_path, to_relation, case when is_current then '{}'::json else before end from moved m)
insert into register_lifeevent (event, kind, side, person_id, household_id, area_path, name, relation, before,
  happened_on, recorded_at, recorded_by, is_from_outside, source)
select event, case when is_current then 'moved' else 'moved_in' end, side, id, home, path, name, said, then_was,
  %(day)s, %(moment)s, %(by)s, false, 'sheet'
from sides order by id, side desc
"""
_COME_BACK = """
update register_person p set is_current = true from staged_person s
where s.id = p.id and not p.is_current and exists (select from register_lifeevent e where e.person_id = p.id
  and e.household_id = s.household_id and e.side = 'came' and e.source = 'sheet' and e.followed_at is null)
"""
