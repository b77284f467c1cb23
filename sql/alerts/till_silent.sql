-- People are in the store, but its tills report no sales.
-- Reads: state.sales_window, state.sales_hour, state.shelf, ops.incident, ref.opening_hours.
-- Opens: at least seven transactions were expected since the last one, by the same hours of the same weekday in the
-- four weeks before; and doors or shelves reported since, at the earliest ten minutes after the last sale.
-- Not while the opening hours of the day are known and the store is closed.
-- Resolves: when fewer than three are expected, which is after a sale.
-- Impact: the expected revenue.
create or replace function ops.alert_till_silent(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    '',
    store_id,
    null::text,
    'critical',
    round(revenue, 2),
    format('No sale since %s; %s transactions were expected', coalesce(
      to_char(last_sale_at at time zone ops.time_zone_of(store_id), 'HH24:MI'), 'long'), round(expected)),
    jsonb_build_object('last_sale_at', last_sale_at, 'last_sign_at', last_sign_at, 'expected_transactions', round(expected, 1)),
    null::numeric,
    expected >= 7
  from ops.silent_stores(as_of)
  where last_sign_at > coalesce(last_sale_at, '-infinity') + interval '10 minutes' and last_sign_at > as_of - interval '1 hour'
    and coalesce(ops.store_is_open(store_id, as_of), true)
$$;
comment on function ops.alert_till_silent is 'People are in the store, but its tills report no sales.';
