create or replace view bi.fact_anomaly with (security_invoker = true) as
select
  anomaly_date, store_key, product_key, score::numeric(18, 6) as score, reason, reasons::text as reasons, sold_quantity, usual_quantity, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_anomaly;

comment on view bi.fact_anomaly is 'Days of a product in a store that are unlike other days, by the isolation forest that was champion; a day that is usual has no row.';
comment on column bi.fact_anomaly.anomaly_date is 'The day; the load replaces it whole.';
comment on column bi.fact_anomaly.store_key is 'Version of the store that held on the day.';
comment on column bi.fact_anomaly.product_key is 'Version of the product that held on the day.';
comment on column bi.fact_anomaly.score is 'How odd, 0 to 1: average days are near 0.5. Only days above the model''s threshold are here.';
comment on column bi.fact_anomaly.reason is 'The feature that made it odd most.';
comment on column bi.fact_anomaly.reasons is 'The features that made it odd: [{feature, value, share}], the strongest first; share is its part of all that made it odd.';
comment on column bi.fact_anomaly.sold_quantity is 'Units sold on the day.';
comment on column bi.fact_anomaly.usual_quantity is 'Mean units over 28 days on which the store was open.';
comment on column bi.fact_anomaly.model_version is 'Version of the model `anomalies`.';
comment on column bi.fact_anomaly.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
