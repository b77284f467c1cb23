-- The catalogue becomes exactly what the worker knows.
-- $1 assets in dependency order: [{name, description, store, upstream, codeVersion}]
with known as (
  select asset.*, ordinality as position
  from rows from (
    jsonb_to_recordset($1::jsonb) as (name text, description text, store text, upstream text[], "codeVersion" text)
  ) with ordinality as asset
),

gone as (
  delete from ops.assets where asset not in (select name from known)
)

insert into ops.assets (asset, description, store, upstream, code_version, position)
select name, description, store, upstream, "codeVersion", position from known
on conflict (asset) do update set
  description = excluded.description, store = excluded.store, upstream = excluded.upstream,
  code_version = excluded.code_version, position = excluded.position, registered_at = now()
