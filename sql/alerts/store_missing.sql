-- No data arrives from a store that should be open.
-- Reads: state.sales_window, state.sales_hour, state.shelf, ops.incident, ref.opening_hours.
-- Opens: at least seven transactions were expected since the last one, by the same hours of the same weekday in the
-- four weeks before; and neither doors nor shelves reported in the last hour, or since the last sale.
-- Not while the opening hours of the day are known and the store is closed.
-- Resolves: when fewer than three are expected, which is after a sale.
-- Impact: the expected revenue.
create or replace function ops.alert_store_missing(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    '',
    store_id,
    null::text,
    'critical',
    round(revenue, 2),
    format('No data from the store since %s; %s transactions were expected', coalesce(
      to_char(greatest(last_sale_at, last_sign_at) at time zone ops.time_zone_of(store_id), 'YYYY-MM-DD HH24:MI'),
      'long ago'), round(expected)),
    jsonb_build_object('last_sale_at', last_sale_at, 'last_sign_at', last_sign_at, 'expected_transactions', round(expected, 1)),
    null::numeric,
    expected >= 7
  from ops.silent_stores(as_of)
  where not coalesce(
    last_sign_at > coalesce(last_sale_at, '-infinity') + interval '10 minutes' and last_sign_at > as_of - interval '1 hour',
    false)
    and coalesce(ops.store_is_open(store_id, as_of), true)
$$;
comment on function ops.alert_store_missing is 'No data arrives from a store that should be open.';
