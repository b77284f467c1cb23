-- Live and recomputed side by side; a row that one side lacks differs. Rows that differ and to which a message with a
-- conflicting id belongs are counted apart. {table}: of state. DuckDB.
create temp table pair_{table} as
select
  key,
  live.value as live,
  again.value as again,
  live.value is distinct from again.value and not is_uncertain as is_different,
  live.value is distinct from again.value and is_uncertain as is_conflicting
from live_{table} as live
full join again_{table} as again using (key)
cross join lateral (
  select (key[1], key[2]) in (select (place, product) from conflicting) as is_uncertain
);

create temp table if not exists compared ("table" varchar, compared bigint, different bigint, conflicting bigint);
insert into compared
select 'state.{table}', count(*), count(*) filter (is_different), count(*) filter (is_conflicting) from pair_{table};

create temp table if not exists different ("row" varchar, live varchar, recomputed varchar);
insert into different
select
  '{table} ' || array_to_string(key, ' × '), coalesce(live::varchar, 'none'), coalesce(again::varchar, 'none')
from pair_{table}
where is_different
order by key
limit 20
