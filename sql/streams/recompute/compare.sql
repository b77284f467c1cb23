-- Live and recomputed side by side; a row that one side lacks differs. {table}: of state. DuckDB.
create temp table pair_{table} as
select
  key,
  live.value as live,
  again.value as again,
  live.value is distinct from again.value as is_different
from live_{table} as live
full join again_{table} as again using (key);

create temp table if not exists compared ("table" varchar, compared bigint, different bigint);
insert into compared
select 'state.{table}', count(*), count(*) filter (is_different) from pair_{table};

create temp table if not exists different ("row" varchar, live varchar, recomputed varchar);
insert into different
select '{table} ' || key, coalesce(live::varchar, 'none'), coalesce(again::varchar, 'none')
from pair_{table}
where is_different
order by key
limit 20
