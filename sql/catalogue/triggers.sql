-- Triggers that people made.
select nspname as schema, format('%I.%I', nspname, relname) as object, pg_get_triggerdef(tr.oid, true) || ';' as statement
from pg_trigger as tr
join pg_class as class on class.oid = tgrelid
join pg_namespace as namespace on namespace.oid = relnamespace
where not tgisinternal and nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
order by pg_get_triggerdef(tr.oid, true) collate "C";
