create or replace view bi.fact_stock_target with (security_invoker = true) as
select
  measured_on, store_key, product_key, service_level::numeric(18, 6) as service_level, protection_days, daily_quantity, demand_quantity, target_quantity, rule,
  days_of_cover::numeric(18, 6) as days_of_cover, on_hand_quantity, on_hand_days_of_cover::numeric(18, 6) as on_hand_days_of_cover, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_stock_target;

comment on view bi.fact_stock_target is 'How much of each product a store should have, what decided about it, and what it has.';
comment on column bi.fact_stock_target.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column bi.fact_stock_target.store_key is 'Version of the store on the day.';
comment on column bi.fact_stock_target.product_key is 'Version of the product on the day.';
comment on column bi.fact_stock_target.service_level is 'Probability with which the demand of the interval should not be above the target: 0.98 (class A), 0.95 (B), 0.9 (C).';
comment on column bi.fact_stock_target.protection_days is 'Days from a review until the goods of the next review''s order are there.';
comment on column bi.fact_stock_target.daily_quantity is 'Mean units a day over the last 28 days.';
comment on column bi.fact_stock_target.demand_quantity is 'The interval''s demand at the service level, before any rule.';
comment on column bi.fact_stock_target.target_quantity is 'Units that the store should have.';
comment on column bi.fact_stock_target.rule is 'What decided: the demand, the least stock that the shelf must show, how long the goods keep, or what the shelf holds.';
comment on column bi.fact_stock_target.days_of_cover is 'Days that the target lasts; null where nothing sells.';
comment on column bi.fact_stock_target.on_hand_quantity is 'Units on hand at the end of the day; null if the stock is unknown.';
comment on column bi.fact_stock_target.on_hand_days_of_cover is 'Days of cover of this stock; null without sales or without a known stock.';
comment on column bi.fact_stock_target.model_version is 'Version of the model `stock_targets`.';
comment on column bi.fact_stock_target.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
