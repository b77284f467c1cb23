create or replace view bi.fact_anomaly with (security_invoker = true) as
select
  anomaly_date, store_key, product_key, score::numeric(18, 6) as score, reason, reasons::text as reasons, sold_quantity, usual_quantity, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_anomaly;

comment on view bi.fact_anomaly is 'Unusual days of a product in a store, by the champion isolation forest; a usual day has no row.';
comment on column bi.fact_anomaly.anomaly_date is 'The day; the load replaces it whole.';
comment on column bi.fact_anomaly.store_key is 'Version of the store on the day.';
comment on column bi.fact_anomaly.product_key is 'Version of the product on the day.';
comment on column bi.fact_anomaly.score is 'Anomaly score, 0 to 1: average days are near 0.5. Only days above the model''s threshold are here.';
comment on column bi.fact_anomaly.reason is 'The feature with the largest share of the score.';
comment on column bi.fact_anomaly.reasons is 'The features that explain the score: [{feature, value, share}], the largest share first.';
comment on column bi.fact_anomaly.sold_quantity is 'Units sold on the day.';
comment on column bi.fact_anomaly.usual_quantity is 'Mean units over 28 days on which the store was open.';
comment on column bi.fact_anomaly.model_version is 'Version of the model `anomalies`.';
comment on column bi.fact_anomaly.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
