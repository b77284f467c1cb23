-- A shelf's weight does not match its stock count.
-- Reads: state.shelf, ref.shelves, state.sales_rate.
-- Opens: weight and count differ by more than two units and more than a tenth of the capacity; the shelf was weighed
-- after every other event of the shelf, within the last day. A shelf that weighs nothing although its count is not zero
-- is phantom stock.
-- Resolves: when the difference is at most half of that.
-- Impact: the sales value of the difference. Missing goods are critical: they can't be sold.
create or replace function ops.alert_weight_discrepancy(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    weighed.product_id,
    weighed.store_id,
    weighed.product_id,
    case when weighed.units < weighed.available then 'critical' else 'warning' end,
    round(abs(weighed.units - weighed.available) * rate.unit_price, 2),
    format('%s on shelf %s: %s by weight, %s by count', coalesce(products.name, weighed.product_id), weighed.shelf_id,
      trim_scale(weighed.units), trim_scale(weighed.available)),
    jsonb_build_object(
      'available', weighed.available, 'weighed_units', weighed.units, 'weight', weighed.weight,
      'unit_weight', weighed.unit_weight, 'weighed_at', weighed.weighed_at
    ),
    null::numeric,
    abs(weighed.units - weighed.available) > greatest(2, 0.1 * weighed.capacity)
  from ops.weighed_shelves(as_of) as weighed
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  where abs(weighed.units - weighed.available) > greatest(1, 0.05 * weighed.capacity)
    and not (weighed.units < 0.5 and weighed.available > 0)
$$;
comment on function ops.alert_weight_discrepancy is 'A shelf''s weight does not match its stock count.';
