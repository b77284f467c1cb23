-- Windows of both sizes, out of window_sale and window_traffic. DuckDB.
-- Where an hour begins follows from the store's time zone: only zones off the full hour make a difference, so a store
-- that is not known counts as one of UTC.
create temp table window_part as
select
  store_id,
  product_id,
  time_bucket(interval '5 minutes', event_at) as window_start,
  event_at - (local_at - date_trunc('hour', local_at)) as hour_start,
  transaction_id,
  quantity,
  amount,
  entries,
  exits
from (
  select
    event.*, timezone(coalesce(zone.time_zone, 'UTC'), event_at) as local_at
  from (
    select
      unnest(['', product_id]) as product_id, store_id, event_at, transaction_id, quantity,
      coalesce(net_amount, round(quantity::decimal(24, 6) * unit_price - discount, 2)::decimal(24, 6)) as amount, 0 as entries, 0 as exits
    from window_sale
    union all
    select '', store_id, event_at, null, null, null, entries, exits from window_traffic
  ) as event
  left join zone using (store_id)
);

create temp macro window_value(quantity, amount, transaction_id, entries, exits) as {
  units: coalesce(sum(quantity), 0)::decimal(38, 6),
  revenue: coalesce(sum(amount), 0)::decimal(38, 6),
  returned_units: coalesce(-sum(quantity) filter (where quantity < 0), 0)::decimal(38, 6),
  returned_revenue: coalesce(-sum(amount) filter (where quantity < 0), 0)::decimal(38, 6),
  lines: count(quantity),
  transactions: count(distinct transaction_id),
  entries: sum(entries)::bigint,
  exits: sum(exits)::bigint
};

create temp table again_sales_window as
select [store_id, product_id, window_start::varchar] as key, window_value(quantity, amount, transaction_id, entries, exits) as value
from window_part
where window_start >= (select since from window_retention)
group by store_id, product_id, window_start;

create temp table again_sales_hour as
select [store_id, product_id, hour_start::varchar] as key, window_value(quantity, amount, transaction_id, entries, exits) as value
from window_part
where hour_start >= (select since from window_retention)
group by store_id, product_id, hour_start
