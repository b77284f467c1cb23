create or replace view bi.fact_stockout with (security_invoker = true) as
select
  stockout_date, store_key, product_key, out_of_stock_minutes, lost_quantity, is_observed, is_synthetic,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_stockout;

comment on view bi.fact_stockout is 'One product that one store could not sell during part of one day. Sales on such a day are censored demand.';
comment on column bi.fact_stockout.stockout_date is 'The store''s day.';
comment on column bi.fact_stockout.store_key is 'Version of the store that held on that day.';
comment on column bi.fact_stockout.product_key is 'Version of the product that held on that day.';
comment on column bi.fact_stockout.out_of_stock_minutes is 'Minutes of the day without stock.';
comment on column bi.fact_stockout.lost_quantity is 'Estimated units that would have sold; null where no estimate was made.';
comment on column bi.fact_stockout.is_observed is 'The retailer recorded it; else it follows from the stock that we keep.';
comment on column bi.fact_stockout.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column bi.fact_stockout.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
