create or replace view bi.stock_cover with (security_invoker = true) as
select
  store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on,
  updated_at at time zone 'UTC' as updated_at
from analytics.stock_cover;

comment on view bi.stock_cover is 'How long the live stock lasts at the pace of the 28 days up to measured_on.';
comment on column bi.stock_cover.store_key is 'Current version of the store.';
comment on column bi.stock_cover.product_key is 'Current version of the product.';
comment on column bi.stock_cover.on_hand_quantity is 'Units that should be on hand.';
comment on column bi.stock_cover.sold_quantity is 'Units sold less units returned in the 28 days up to measured_on.';
comment on column bi.stock_cover.daily_quantity is 'sold_quantity ÷ 28; 0 where returns outweigh sales.';
comment on column bi.stock_cover.days_of_cover is 'on_hand_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column bi.stock_cover.measured_on is 'The last day with a sale in any store.';
comment on column bi.stock_cover.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
