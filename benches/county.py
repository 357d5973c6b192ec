"""A county of 760,000 people in 240,000 households, made in SQL: the shape of a register, not its stories."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from benches.setting import Installation

if TYPE_CHECKING:
    from lianfang.campaigns.models import Emergency

TOWNSHIPS, VILLAGES, GROUPS, HOUSEHOLDS = 18, 315, 12, 240_000

_AREAS = """
insert into areas_area (code, name, level, parent_id, path, initials, walk_order, is_sample) values
 ('43', '省', 'province', null, 'cn.43.', '', 0, false);
insert into areas_area (code, name, level, parent_id, path, initials, walk_order, is_sample)
 select '4305', '市', 'prefecture', id, 'cn.43.05.', '', 0, false from areas_area where code = '43';
insert into areas_area (code, name, level, parent_id, path, initials, walk_order, is_sample)
 select '430581', '县', 'county', id, 'cn.43.05.81.', '', 0, false from areas_area where code = '4305';
insert into areas_area (code, name, level, parent_id, path, initials, walk_order, is_sample)
 select '430581' || lpad(t::text, 3, '0'), '镇' || t, 'township', id, path || lpad(t::text, 3, '0') || '.', '', t, false
 from areas_area, generate_series(1, {townships}) t where level = 'county';
insert into areas_area (code, name, level, parent_id, path, initials, walk_order, is_sample)
 select p.code || lpad(v::text, 3, '0'), '村' || v, 'village', p.id, p.path || lpad(v::text, 3, '0') || '.', '', v, false
 from generate_series(0, {villages} - 1) v join lateral (select * from areas_area where level = 'township'
 order by code offset v % {townships} limit 1) p on true;
insert into areas_area (code, name, level, parent_id, path, initials, walk_order, is_sample)
 select p.code || 'G' || lpad(g::text, 2, '0'), g || '组', 'group', p.id, p.path || 'G' || lpad(g::text, 2, '0') || '.',
 '', g, false from areas_area p, generate_series(1, {groups}) g where p.level = 'village';
"""
_REGISTER = """
insert into register_door (id, area_id, area_path, unit, floor, room, label, walk_order)
 select n, a.id, a.path, '', '', '', n || '号', n
 from (select id, path, row_number() over (order by path) - 1 k, count(*) over () total from areas_area
       where level = 'group') a
 join generate_series(1, {households}) n on n % a.total = a.k;
insert into register_household (id, door_id, area_path, kind, reference, head_name, is_current)
 select id, id, area_path, 'family', 'H' || id, '户主' || id, true from register_door;
insert into register_person (id, household_id, area_path, name, initials, sex, birth_on, relation, is_registered_here,
  is_living_here, is_here_tonight, reference, is_current)
 select h.id * 10 + m, h.id, h.area_path, '某' || h.id || m, 'M', case m % 2 when 0 then 'male' else 'female' end,
  date '1950-01-01' + ((h.id * 37 + m * 9000) % 25000)::int, case m when 1 then 'head' else 'other' end, true,
  m <> 3 or h.id % 2 = 0, m = 1 or (h.id + m) % 3 > 0, 'P' || h.id || m, true
 from register_household h, generate_series(1, case when h.id % 6 = 0 then 4 else 3 end) m;
"""


def fill(
    installation: Installation,
    households: int = HOUSEHOLDS,
    *,
    villages: int = VILLAGES,
    groups: int = GROUPS,
) -> None:
    """Rows straight into the tables, as the superuser; then statistics, as a nightly run would have made."""
    numbers = {
        "townships": min(TOWNSHIPS, villages),
        "villages": villages,
        "groups": groups,
        "households": households,
    }
    with installation.superuser() as database:
        for script in (_AREAS, _REGISTER):
            database.execute(script.format(**numbers))
        for table in ("register_door", "register_household", "register_person"):
            database.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))"
            )
        database.execute("vacuum analyze")


def emergency() -> Emergency:
    """The one that runs in the county of this installation, begun when there is none. Needs a scope over it."""
    from lianfang.areas.models import Area
    from lianfang.campaigns.models import Emergency, Order
    from lianfang.core import keys
    from lianfang.core.clock import now

    if found := Emergency.objects.first():
        return found
    area, moment = Area.objects.get(level="county"), now()
    common = {"area": area, "area_path": area.path}
    order = Order.objects.create(
        issuer="bench", number="1", title="bench", received_at=moment, received_by=1, **common
    )
    begun = Emergency.objects.create(
        order=order,
        name="bench",
        pathogen="bench",
        legal_basis="bench",
        opened_at=moment,
        opened_by=1,
        ends_at=moment + dt.timedelta(days=14),
        **common,
    )
    keys.create(keys.emergency(begun.pk))
    return begun
