-- A shelf will probably be empty before the next delivery.
-- Reads: state.stock_out_risk, state.shelf, ref.shelves, ref.shelf_policy, ref.stores, ops.alert.
-- Opens: the probability, evaluated within the last two hours, is over 80 %, and the shelf is not empty yet.
-- Resolves: when the probability is less than 70 %.
-- Impact: the sales value of the demand until the next delivery that will not be met.
create or replace function ops.alert_stock_out_risk(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    risk.product_id,
    risk.store_id,
    risk.product_id,
    case when risk.probability > 0.95 then 'critical' else 'warning' end,
    risk.money_at_risk,
    format('%s will probably run out on shelf %s: %s left, enough for %s h; the next delivery can arrive by %s',
      coalesce(products.name, risk.product_id), shelves.shelf_id, trim_scale(shelf.available),
      round(risk.hours_of_cover::numeric, 1),
      to_char(risk.horizon_until at time zone coalesce(stores.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI')),
    jsonb_build_object(
      'probability', round(risk.probability::numeric, 3), 'hours_of_cover', round(risk.hours_of_cover::numeric, 1),
      'available', shelf.available, 'expected_lost_units', round(risk.expected_lost_units::numeric, 1),
      'horizon_until', risk.horizon_until, 'evaluated_at', risk.evaluated_at
    ),
    floor(policy.restock_to * shelves.capacity - shelf.available),
    risk.probability > 0.8
  from (
    select * from state.stock_out_risk where probability > 0.8
    union all
    select risk.*
    from ops.alert
    join state.stock_out_risk as risk using (store_id, product_id)
    where alert.alert_type = 'stock_out_risk' and alert.status <> 'resolved' and risk.probability between 0.7 and 0.8
  ) as risk
  join state.shelf as shelf using (store_id, product_id)
  join ref.shelves using (store_id, product_id)
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.products using (product_id)
  left join ref.stores using (store_id)
  where risk.evaluated_at > as_of - interval '2 hours' and shelf.available > 0
$$;
comment on function ops.alert_stock_out_risk is 'A shelf will probably be empty before the next delivery.';
