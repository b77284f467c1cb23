-- Takes in what stores are to sell: the newest record per store and day counts, in whatever order they arrive.
-- $1: a JSON array of validated sales_targets records.
with record as (
  select distinct on (store_id, target_date)
    store_id, target_date, net_amount, coalesce(is_removed, false) as is_removed, coalesce(synthetic, false) as is_synthetic,
    event_at::timestamptz as recorded_at
  from rows from (json_to_recordset($1::json) as (
    store_id text collate "C", target_date date, net_amount numeric, is_removed boolean, synthetic boolean, event_at text
  )) with ordinality
  order by store_id, target_date, recorded_at desc, ordinality desc
),
newest as (
  insert into ref.sales_target as target (store_id, target_date, net_amount, is_removed, is_synthetic, recorded_at)
  select store_id, target_date, net_amount, is_removed, is_synthetic, recorded_at from record order by store_id, target_date
  on conflict (store_id, target_date) do update set
    net_amount = excluded.net_amount, is_removed = excluded.is_removed, is_synthetic = excluded.is_synthetic,
    recorded_at = excluded.recorded_at, updated_at = excluded.updated_at
  where target.recorded_at <= excluded.recorded_at
    and row(target.net_amount, target.is_removed, target.is_synthetic, target.recorded_at)
      is distinct from row(excluded.net_amount, excluded.is_removed, excluded.is_synthetic, excluded.recorded_at)
  returning store_id
)
select count(*) as new from newest
