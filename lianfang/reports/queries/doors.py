"""How a door is said, as a piece of SQL: its village, and what lies between the village and the door."""

from __future__ import annotations

from lianfang.campaigns.queries.targets import MOVED_ELSEWHERE, UNNAMED

# Of household `h` with its door `d`; `{path}`: where it lies. A grid is no address where a building is known.
_VILLAGE_AND_DOOR = """
  (select a.name from areas_area a where a.level = 'village' and a.path <= {path}
    and {path} < left(a.path, -1) || '/' limit 1),
  coalesce((select string_agg(u.name, '' order by u.path) from areas_area u
    where u.level in ('section', 'estate', 'grid', 'group', 'building') and u.path <= {path}
      and {path} < left(u.path, -1) || '/'
      and (u.level <> 'grid' or not exists (select from areas_area b where b.level = 'building'
        and b.path <= {path} and {path} < left(b.path, -1) || '/'))), '') || coalesce(d.label, '')"""
VILLAGE_AND_DOOR = _VILLAGE_AND_DOOR.format(path="h.area_path")


def village_and_door(path: str) -> str:
    """The same where the household may be out of sight: the register has moved it elsewhere since, and whoever was
    counted keeps a row. `path`: a column that says where it was then."""
    return _VILLAGE_AND_DOOR.format(path=f"coalesce(h.area_path, {path})")


# The areas that held the path {path} at %(moment)s, from the outside in, as they were called then. By its old path an
# area is found among the moves, where it has moved since.
_WAY_THEN = """(
  select x.level, x.name, p.path
  from generate_series(1, length({path}) - length(replace({path}, '.', ''))) step
  cross join lateral (select array_to_string((string_to_array({path}, '.'))[1:step], '.') || '.' path) p
  cross join lateral (
    (select 0 turn, a.level, m.old_name name from areas_areamove m join areas_area a on a.id = m.old_id
      where m.old_path = p.path and m.moved_at > %(moment)s order by m.moved_at, m.id limit 1)
    union all
    (select 1, a.level, a.name from areas_area a where a.path = p.path limit 1)
    order by turn limit 1) x)"""


def village_and_door_then(path: str) -> str:
    """The same as the tree was at %(moment)s. `path`: a column that says where it was at that moment."""
    way = _WAY_THEN.format(path=path)
    return f"""
  (select u.name from {way} u where u.level = 'village' limit 1),
  coalesce((select string_agg(u.name, '' order by u.path) from {way} u
    where u.level in ('section', 'estate', 'grid', 'group', 'building')
      and (u.level <> 'grid' or not exists (select from {way} b where b.level = 'building'))), '')
    || coalesce(d.label, '')"""


# What household `h` is called; takes the values of `called_so`.
HOUSEHOLD_NAME = """case when h.head_name = '' and h.is_unnamed then %(unnamed)s
  else coalesce(h.head_name, %(elsewhere)s) end"""


def called_so() -> dict[str, str]:
    """A door of which nobody has said yet who lives there, and a household out of sight, in words."""
    return {"unnamed": str(UNNAMED), "elsewhere": str(MOVED_ELSEWHERE)}


# What is called somebody whom the register has moved out of sight: by the event that moved them, else None.
def name_then(person: str, household: str) -> str:
    return f"""(select e.name from register_lifeevent e where e.person_id = {person} and e.household_id = {household}
    order by e.id desc limit 1)"""
