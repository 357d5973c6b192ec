"""How a door is said, as a piece of SQL: its village, and what lies between the village and the door."""

# Of household `h` with its door `d`. A grid is no address where a building is known.
VILLAGE_AND_DOOR = """
  (select a.name from areas_area a where a.level = 'village' and a.path <= h.area_path
    and h.area_path < left(a.path, -1) || '/' limit 1),
  coalesce((select string_agg(u.name, '' order by u.path) from areas_area u
    where u.level in ('section', 'estate', 'grid', 'group', 'building') and u.path <= h.area_path
      and h.area_path < left(u.path, -1) || '/'
      and (u.level <> 'grid' or not exists (select from areas_area b where b.level = 'building'
        and b.path <= h.area_path and h.area_path < left(b.path, -1) || '/'))), '') || d.label"""
