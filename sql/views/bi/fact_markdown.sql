create or replace view bi.fact_markdown with (security_invoker = true) as
select
  markdown_date, store_key, product_key, batch_id, expires_on, percent, offered_quantity, list_price,
  round(list_price * (1 - percent / 100), 2) as markdown_price,
  started_at at time zone 'UTC' as started_at,
  ended_at at time zone 'UTC' as ended_at,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_markdown;

comment on view bi.fact_markdown is 'One lot that was sold at a lower price on one day because it expired soon. What was sold meanwhile is in fact_sales: lines below the list price.';
comment on column bi.fact_markdown.markdown_date is 'The store''s day.';
comment on column bi.fact_markdown.store_key is 'Version of the store on the day.';
comment on column bi.fact_markdown.product_key is 'Version of the product on the day.';
comment on column bi.fact_markdown.batch_id is 'The lot.';
comment on column bi.fact_markdown.expires_on is 'When it expires.';
comment on column bi.fact_markdown.percent is 'Discount in per cent.';
comment on column bi.fact_markdown.offered_quantity is 'Units of the lot when the discount began.';
comment on column bi.fact_markdown.list_price is 'Regular price of a unit then; null: unknown.';
comment on column bi.fact_markdown.markdown_price is 'list_price less the discount, to the cent.';
comment on column bi.fact_markdown.started_at is 'When the discount began, UTC.';
comment on column bi.fact_markdown.ended_at is 'When it ended, UTC; null: it holds.';
comment on column bi.fact_markdown.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
