"""Versions of doors, as migration operations: triggers, so that no path of the program can forget one.

A table whose rows a phone shows says `shown_on_phones(table)` beside `protect()`. From then on every statement that
changes it notes the running transaction at the doors it touched: once a transaction, in the order of households, so
that two that touch the same doors wait and never lock each other out.
"""

from __future__ import annotations

from django.db import migrations

# Locked first, in the order of households, whatever way the planner reaches them: two that touch the same doors wait for
# each other and never in a circle. Rows that this transaction has noted before are read and left alone.
LOCK = (
    "select household_id from register_doorversion where household_id = any(touched) and version <> mine"
    " order by household_id for no key update"
)
_NOTE = f"""perform {LOCK.removeprefix("select ")};
  update register_doorversion set version = mine where household_id = any(touched) and version <> mine;"""
# A plan that was made for a handful of rows is kept for a county's.
_BY_KEY = "set enable_seqscan = off set enable_bitmapscan = off"
# Transition tables have no index, and a plan that was made for one row is kept for a county's.
_BY_HASH = "set enable_nestloop = off"
_MINE = "mine constant bigint := pg_current_xact_id()::text::bigint;"

VERSIONS = f"""
-- Room for the next version beside the last: a county's list made 1.27 times as slow without it, 1.05 with it.
alter table register_doorversion set (fillfactor = 45);

create function lianfang_doors_changed() returns trigger language plpgsql {_BY_KEY} as $$
declare
  {_MINE}
  touched bigint[];
begin
  if tg_op = 'UPDATE' then
    touched := array(select household_id from shown union select household_id from was);
  else
    touched := array(select distinct household_id from shown);
  end if;
  {_NOTE}
  return null;
end $$;

create function lianfang_places_changed() returns trigger language plpgsql {_BY_KEY} as $$
declare
  {_MINE}
  touched constant bigint[] := array(select id from register_household where door_id = any(array(select id from shown)));
begin
  {_NOTE}
  return null;
end $$;

create function lianfang_households_came() returns trigger language plpgsql as $$
declare
  {_MINE}
begin
  insert into register_doorversion (household_id, area_path, version)
    select id, area_path, mine from shown where is_current order by id
  on conflict (household_id) do update set area_path = excluded.area_path, version = mine;
  return null;
end $$;

create function lianfang_households_changed() returns trigger language plpgsql {_BY_HASH} as $$
declare
  {_MINE}
begin
  insert into register_doorgone (household_id, area_path, version)
    select w.id, w.area_path, mine from was w left join shown s on s.id = w.id and s.is_current
    where w.is_current and s.area_path is distinct from w.area_path order by w.id
  on conflict (area_path, household_id) do update set version = mine;
  delete from register_doorversion where household_id = any(array(
    select w.id from was w left join shown s on s.id = w.id and s.is_current where w.is_current and s.id is null));
  insert into register_doorversion (household_id, area_path, version)
    select id, area_path, mine from shown where is_current order by id
  on conflict (household_id) do update set area_path = excluded.area_path, version = mine;
  return null;
end $$;

create function lianfang_households_left() returns trigger language plpgsql as $$
declare
  {_MINE}
begin
  insert into register_doorgone (household_id, area_path, version)
    select id, area_path, mine from shown where is_current order by id
  on conflict (area_path, household_id) do update set version = mine;
  delete from register_doorversion where household_id = any(array(select id from shown));
  return null;
end $$;
"""
_FORGET = """
drop function lianfang_doors_changed(); drop function lianfang_places_changed();
drop function lianfang_households_came(); drop function lianfang_households_changed();
drop function lianfang_households_left();
"""
_TABLES = {
    "insert": "new table as shown",
    "update": "old table as was new table as shown",
    "delete": "old table as shown",
}
EVENTS = tuple(_TABLES)


def version_functions() -> migrations.RunSQL:
    return migrations.RunSQL(VERSIONS, reverse_sql=_FORGET)


def trigger_name(event: str) -> str:
    return f"door_version_{event}"


def shown_on_phones(table: str, functions: dict[str, str] | None = None) -> migrations.RunSQL:
    """What happens to rows of `table`, which name a `household_id`, is a change of that household's door. `functions`:
    by event, for a table that names it otherwise."""
    wanted = functions or dict.fromkeys(EVENTS, "lianfang_doors_changed")
    return migrations.RunSQL(
        "".join(
            f"create trigger {trigger_name(event)} after {event} on {table} referencing {_TABLES[event]}"
            f" for each statement execute function {function}();"
            for event, function in wanted.items()
        ),
        reverse_sql="".join(f"drop trigger {trigger_name(event)} on {table};" for event in wanted),
    )


def households_on_phones() -> list[migrations.RunSQL]:
    """The register's own tables: households come, change and leave; what is said of a door is said of who lives there."""
    comes = {
        "insert": "lianfang_households_came",
        "update": "lianfang_households_changed",
        "delete": "lianfang_households_left",
    }
    return [
        version_functions(),
        shown_on_phones("register_household", comes),
        shown_on_phones("register_door", {"update": "lianfang_places_changed"}),
        shown_on_phones("register_person"),
    ]
