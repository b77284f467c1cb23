create or replace view bi.live_stock_out_risk with (security_invoker = true) as
select
  store.store_key,
  store.store_id,
  store.name as store_name,
  product.product_key,
  product.product_id,
  product.name as product_name,
  risk.probability::numeric(9, 6) as probability,
  risk.hours_of_cover::numeric(12, 2) as hours_of_cover,
  risk.expected_lost_units::numeric(18, 6) as expected_lost_units,
  risk.money_at_risk,
  risk.horizon_until at time zone 'UTC' as horizon_until,
  risk.evaluated_at at time zone 'UTC' as evaluated_at,
  risk.evaluated_at at time zone 'UTC' as updated_at
from state.stock_out_risk as risk
join analytics.dim_store as store on store.store_id = risk.store_id and store.is_current
join analytics.dim_product as product on product.product_id = risk.product_id and product.is_current;

comment on view bi.live_stock_out_risk is 'How probable it is that a shelf is empty before its next delivery, as of the last evaluation: after each movement, else once an hour.';
comment on column bi.live_stock_out_risk.store_key is 'Current version of the store.';
comment on column bi.live_stock_out_risk.store_id is 'The store, as the sources call it.';
comment on column bi.live_stock_out_risk.store_name is 'Its name.';
comment on column bi.live_stock_out_risk.product_key is 'Current version of the product.';
comment on column bi.live_stock_out_risk.product_id is 'The product, as the sources call it.';
comment on column bi.live_stock_out_risk.product_name is 'Its name.';
comment on column bi.live_stock_out_risk.probability is 'That it is empty at some time before horizon_until, 0 to 1.';
comment on column bi.live_stock_out_risk.hours_of_cover is 'Hours that the units on the shelf last at the expected sales.';
comment on column bi.live_stock_out_risk.expected_lost_units is 'Units of demand that will not be met until then, on average.';
comment on column bi.live_stock_out_risk.money_at_risk is 'expected_lost_units × price, in the store''s currency; null: no price is known.';
comment on column bi.live_stock_out_risk.horizon_until is 'Until when, UTC: the next delivery that is expected.';
comment on column bi.live_stock_out_risk.evaluated_at is 'When it was evaluated, UTC.';
comment on column bi.live_stock_out_risk.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
