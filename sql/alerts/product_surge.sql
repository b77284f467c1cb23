-- A product suddenly sells far more than usual.
-- Reads: state.sale_line, state.sales_rate, state.stock, ref.products.
-- Opens: in the last hour at least five transactions bought it, and its units are at least four times those of an hour of the twelve in
-- which a usual day sells, and five standard deviations above (Poisson). It does not open when at least half of the lines were promoted.
-- Resolves: when its units are less than twice the usual ones.
-- Impact: the revenue of the hour above the usual. It is a warning when the stock does not last for four more such hours.
create or replace function ops.alert_product_surge(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with sold as materialized (
    select
      store_id, product_id, sum(quantity) as units, count(distinct transaction_id) as transactions, avg((is_promoted is true)::integer) as promoted
    from state.sale_line
    where sale_date between (as_of at time zone 'UTC')::date - 1 and (as_of at time zone 'UTC')::date + 1
      and sold_at > as_of - interval '1 hour' and sold_at <= as_of
    group by store_id, product_id
  )
  select
    sold.product_id,
    sold.store_id,
    sold.product_id,
    case when stock.on_hand < 4 * sold.units then 'warning' else 'info' end,
    round((sold.units - usual.units) * rate.unit_price, 2),
    format('%s: %s sold in an hour, usually %s', coalesce(products.name, sold.product_id), trim_scale(sold.units), round(usual.units, 1)),
    jsonb_build_object(
      'units', sold.units, 'usual_units', round(usual.units, 2), 'transactions', sold.transactions,
      'promoted_share', round(sold.promoted, 2), 'on_hand', stock.on_hand
    ),
    null::numeric,
    sold.transactions >= 5 and sold.units >= 4 * usual.units and sold.units - usual.units >= 5 * sqrt(usual.units) and sold.promoted < 0.5
  from sold
  join state.sales_rate as rate using (store_id, product_id)
  cross join lateral (select rate.units_per_day / 12 as units) as usual
  left join state.stock using (store_id, product_id)
  left join ref.products using (product_id)
  where rate.units_per_day > 0 and sold.units >= 2 * usual.units and sold.transactions >= 3
$$;
comment on function ops.alert_product_surge is 'A product suddenly sells far more than usual.';
