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
