-- Every schema of ours; the other statements here leave out the same ones.
select nspname as schema, nspname as object, format('create schema %I;', nspname) as statement
from pg_namespace
where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
order by nspname collate "C";
