create or replace view bi.supplier_performance with (security_invoker = true) as
select
  supplier_key, store_key, lines, settled_lines, fill, damaged, deliveries, on_time, lead_time_mean_days,
  lead_time_p10_days, lead_time_p50_days, lead_time_p90_days, lead_time_deviation_days,
  updated_at at time zone 'UTC' as updated_at
from analytics.supplier_performance;

comment on view bi.supplier_performance is 'How suppliers delivered what was ordered in the last 180 days, by the location that ordered.';
comment on column bi.supplier_performance.supplier_key is 'The supplier.';
comment on column bi.supplier_performance.store_key is 'Current version of the store or warehouse.';
comment on column bi.supplier_performance.lines is 'Lines of orders that were sent.';
comment on column bi.supplier_performance.settled_lines is 'Lines of which everything came or will not come.';
comment on column bi.supplier_performance.fill is 'Of settled lines: units that came ÷ units ordered.';
comment on column bi.supplier_performance.damaged is 'Units that were damaged ÷ units that came.';
comment on column bi.supplier_performance.deliveries is 'Deliveries, one per line and delivery.';
comment on column bi.supplier_performance.on_time is 'Share of deliveries on the expected day or before.';
comment on column bi.supplier_performance.lead_time_mean_days is 'Days from sending an order until goods came, on average.';
comment on column bi.supplier_performance.lead_time_p10_days is 'One of ten deliveries took at most this many days.';
comment on column bi.supplier_performance.lead_time_p50_days is 'Half of the deliveries took at most this many days.';
comment on column bi.supplier_performance.lead_time_p90_days is 'Nine of ten deliveries took at most this many days.';
comment on column bi.supplier_performance.lead_time_deviation_days is 'Standard deviation of the lead time, in days.';
comment on column bi.supplier_performance.updated_at is 'When the row was last written, UTC.';
