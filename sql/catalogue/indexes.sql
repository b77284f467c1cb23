-- Indexes that no constraint makes, and those of partitions only through their parent.
select nspname as schema, format('%I.%I', nspname, relname) as object, pg_get_indexdef(indexrelid) || ';' as statement
from pg_index
join pg_class as class on class.oid = indexrelid
join pg_namespace as namespace on namespace.oid = class.relnamespace
where
  nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
  and not class.relispartition
  and not exists (select from pg_constraint where conindid = indexrelid)
order by pg_get_indexdef(indexrelid) collate "C";
