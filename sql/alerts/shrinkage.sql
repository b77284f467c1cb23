-- A product is taken without payment more often than by accident.
-- Reads: state.basket, ref.shelves, state.sales_rate.
-- Opens: in the last 24 hours at least three units, and at least a tenth of the units that were picked up.
-- Resolves: when no unit of the last 24 hours counts as lost.
-- Impact: the sales value of the lost units.
create or replace function ops.alert_shrinkage(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with lost as materialized (
    select store_id, product_id, sum(lost) as units, count(*) as baskets, max(lost_at) as last_at, min(visit_date) as since
    from state.basket
    where lost > 0 and lost_at > as_of - interval '1 day'
    group by store_id, product_id
  )
  select
    lost.product_id,
    lost.store_id,
    lost.product_id,
    case when lost.units * rate.unit_price >= 100 then 'critical' else 'warning' end,
    round(lost.units * rate.unit_price, 2),
    format('In 24 hours %s of %s were taken from shelf %s and not paid', trim_scale(lost.units),
      coalesce(products.name, lost.product_id), shelves.shelf_id),
    jsonb_build_object('lost', lost.units, 'baskets', lost.baskets, 'last_at', lost.last_at, 'picked', picked.units),
    null::numeric,
    lost.units >= 3 and lost.units >= 0.1 * picked.units
  from lost
  left join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  cross join lateral (
    select sum(basket.picked) as units from state.basket
    where basket.store_id = lost.store_id and basket.product_id = lost.product_id
      and basket.visit_date between lost.since and (as_of at time zone 'UTC')::date + 1
  ) as picked
$$;
comment on function ops.alert_shrinkage is 'A product is taken without payment more often than by accident.';
