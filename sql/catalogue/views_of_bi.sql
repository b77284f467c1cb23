-- The public views with their columns, for the page about the star schema and the tests that hold them to it.
select
  relname as view,
  obj_description(class.oid, 'pg_class') as view_comment,
  coalesce(reloptions::text[] @> array['security_invoker=true'], false) as is_security_invoker,
  attname as column,
  format_type(atttypid, atttypmod) as type,
  col_description(class.oid, attnum) as column_comment
from pg_class as class
join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped
where relnamespace = 'bi'::regnamespace and relkind in ('v', 'm')
order by relname collate "C", attnum;
