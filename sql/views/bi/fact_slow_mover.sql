create or replace view bi.fact_slow_mover with (security_invoker = true) as
select
  measured_on, store_key, product_key, probability::numeric(18, 6) as probability, horizon_days, days_since_sale, aging, on_hand_quantity, unit_value,
  valued_at, tied_up_amount, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_slow_mover;

comment on view bi.fact_slow_mover is 'Products that will probably hardly sell in a store, and the money that their stock ties up. What sells has no row.';
comment on column bi.fact_slow_mover.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column bi.fact_slow_mover.store_key is 'Version of the store on the day.';
comment on column bi.fact_slow_mover.product_key is 'Version of the product on the day.';
comment on column bi.fact_slow_mover.probability is 'Calibrated probability that it sells on fewer days of the horizon than a product of its class should: once a week (A), once a fortnight (B), once (C).';
comment on column bi.fact_slow_mover.horizon_days is 'Days ahead that are looked at.';
comment on column bi.fact_slow_mover.days_since_sale is 'Days since it last sold.';
comment on column bi.fact_slow_mover.aging is 'The same as a bucket: 0-30, 31-60, 61-90, over 90.';
comment on column bi.fact_slow_mover.on_hand_quantity is 'Units on hand at the end of the day; null if the stock is unknown.';
comment on column bi.fact_slow_mover.unit_value is 'What a unit is worth.';
comment on column bi.fact_slow_mover.valued_at is 'cost: the cost in the supply terms; price: the last paid price, because the cost is unknown.';
comment on column bi.fact_slow_mover.tied_up_amount is 'Units on hand × unit_value; null where either is unknown.';
comment on column bi.fact_slow_mover.model_version is 'Version of the model `slow_movers`.';
comment on column bi.fact_slow_mover.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
