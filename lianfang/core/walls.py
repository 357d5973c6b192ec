"""The second wall as migration operations: row-level security, append-only tables, the scope function."""

from __future__ import annotations

from django.db import migrations

from lianfang.core.scope import RANGES

# A read without a token raises: an empty answer would pass for "nobody lives here".
# sha256 over key xor pads is HMAC in plain SQL, 6 µs; the pads are readable by the owner only.
SCOPE_FUNCTION = """
create table lianfang_scope_key (id smallint primary key check (id = 1), inner_pad bytea not null, outer_pad bytea not null);
revoke all on lianfang_scope_key from public;
do $$ begin
  if exists (select from pg_roles where rolname = 'lianfang_app') then
    revoke all on lianfang_scope_key from lianfang_app;
  end if;
end $$;
create function lianfang_scope() returns text[] language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, public, pg_temp as $$
declare
  token text := current_setting('lianfang.token', true);
  bounds text[];
begin
  if coalesce(token, '') = '' then
    raise exception 'scoped table read without a scope token' using errcode = 'LF001';
  end if;
  -- One statement: a policy asks for each of its bounds, so this runs eight times a query.
  select case when split_part(token, ';', 2)::bigint < extract(epoch from now()) then '{}'
         else string_to_array(split_part(token, ';', 5), ',') end
    into bounds from lianfang_scope_key
   where right(token, 64)
       = encode(sha256(outer_pad || sha256(inner_pad || convert_to(left(token, -65), 'UTF8'))), 'hex');
  if bounds is null then
    raise exception 'scope token is not signed by this installation' using errcode = 'LF002';
  elsif bounds = '{}' then
    raise exception 'scope token has expired' using errcode = 'LF003';
  end if;
  return bounds;
end $$;
revoke all on function lianfang_scope() from public;
do $$ begin
  if exists (select from pg_roles where rolname = 'lianfang_app') then
    grant execute on function lianfang_scope() to lianfang_app;
  end if;
end $$;
"""


def _within(column: str) -> str:
    return " or ".join(
        f"({column} >= (select (lianfang_scope())[{2 * i + 1}]) and {column} < (select (lianfang_scope())[{2 * i + 2}]))"
        for i in range(RANGES)
    )


def protect(table: str, *, column: str = "area_path") -> migrations.RunSQL:
    """Row-level security by up to four ranges of the area path, for the owner too."""
    within = _within(column)
    return migrations.RunSQL(
        f"alter table {table} enable row level security;"
        f"alter table {table} force row level security;"
        f"create policy scope on {table} using ({within}) with check ({within});",
        reverse_sql=f"drop policy scope on {table}; alter table {table} no force row level security;"
        f"alter table {table} disable row level security;",
    )


def append_only(table: str, *, may_update: tuple[str, ...] = ()) -> migrations.RunSQL:
    """The app role may add rows and read them; nothing more, but for the named columns."""
    columns = f"grant update ({', '.join(may_update)}) on {table} to lianfang_app;" if may_update else ""
    return migrations.RunSQL(
        f"revoke update, delete, truncate on {table} from lianfang_app; {columns}",
        reverse_sql=migrations.RunSQL.noop,
    )
