-- Views with their definition and options.
select
  nspname as schema, format('%I.%I', nspname, relname) as object,
  format(E'create view %I.%I%s as\n%s', nspname, relname,
    case when reloptions is not null then format(' with (%s)', array_to_string(reloptions, ', ')) else '' end,
    pg_get_viewdef(class.oid, true)
  ) as statement
from pg_class as class
join pg_namespace as namespace on namespace.oid = relnamespace
where relkind in ('v', 'm') and nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
order by nspname collate "C", relname collate "C";
