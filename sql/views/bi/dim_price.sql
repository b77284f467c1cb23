create or replace view bi.dim_price with (security_invoker = true) as
select
  dim_store.store_key,
  dim_product.product_key,
  dim_price.valid_from at time zone 'UTC' as valid_from,
  dim_price.valid_to at time zone 'UTC' as valid_to,
  dim_price.is_current,
  dim_price.price,
  dim_price.reason,
  dim_price.promotion_id,
  dim_price.is_synthetic,
  dim_price.updated_at at time zone 'UTC' as updated_at
from analytics.dim_price
join analytics.dim_store on dim_store.store_id = dim_price.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = dim_price.product_id and dim_product.is_current;

comment on view bi.dim_price is 'List prices with their history, per store and product. Starts at the first known price: before it there is no row.';
comment on column bi.dim_price.store_key is 'Current version of the store.';
comment on column bi.dim_price.product_key is 'Current version of the product.';
comment on column bi.dim_price.valid_from is 'The price holds from this instant on, UTC.';
comment on column bi.dim_price.valid_to is 'The price holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_price.is_current is 'This is the newest price.';
comment on column bi.dim_price.price is 'List price of one unit, in the store''s currency.';
comment on column bi.dim_price.reason is 'Why it changed: regular, promotion, markdown or correction.';
comment on column bi.dim_price.promotion_id is 'The promotion, when the price is part of one.';
comment on column bi.dim_price.is_synthetic is 'Made up by a seeded rule, not observed.';
comment on column bi.dim_price.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
