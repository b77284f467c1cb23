create or replace view bi.live_anomalies with (security_invoker = true) as
select
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  anomaly.sale_date,
  anomaly.sold_at at time zone 'UTC' as sold_at,
  anomaly.transaction_id,
  anomaly.line_no,
  anomaly.quantity,
  anomaly.unit_price,
  anomaly.amount as net_amount,
  anomaly.score::numeric(18, 6) as score,
  anomaly.reason,
  anomaly.reasons::text as reasons,
  anomaly.model_version,
  anomaly.found_at at time zone 'UTC' as updated_at
from ops.anomaly
join analytics.dim_store on dim_store.store_id = anomaly.store_id and dim_store.is_current
left join analytics.dim_product on dim_product.product_id = anomaly.product_id and dim_product.is_current;

comment on view bi.live_anomalies is 'Unusual sale lines of the last month.';
comment on column bi.live_anomalies.store_key is 'Current version of the store.';
comment on column bi.live_anomalies.store_id is 'The store, as the sources call it.';
comment on column bi.live_anomalies.store_name is 'Its name.';
comment on column bi.live_anomalies.product_key is 'Current version of the product; null when no catalogue knows it yet.';
comment on column bi.live_anomalies.product_id is 'The product, as the sources call it.';
comment on column bi.live_anomalies.product_name is 'Its name.';
comment on column bi.live_anomalies.sale_date is 'The store''s day.';
comment on column bi.live_anomalies.sold_at is 'When it was sold, UTC.';
comment on column bi.live_anomalies.transaction_id is 'Basket or invoice.';
comment on column bi.live_anomalies.line_no is 'Position of the line in the transaction.';
comment on column bi.live_anomalies.quantity is 'Units; negative for a return.';
comment on column bi.live_anomalies.unit_price is 'Price of a unit at the till.';
comment on column bi.live_anomalies.net_amount is 'What was paid for the line.';
comment on column bi.live_anomalies.score is 'Anomaly score, 0 to 1: average lines are near 0.5.';
comment on column bi.live_anomalies.reason is 'The feature with the largest share of the score.';
comment on column bi.live_anomalies.reasons is 'The features that explain the score, JSON: [{feature, value, share}], the largest share first.';
comment on column bi.live_anomalies.model_version is 'Version of the model.';
comment on column bi.live_anomalies.updated_at is 'When it was scored, UTC: the column to detect changes by.';
