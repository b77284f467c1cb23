create or replace view bi.fact_foot_traffic with (security_invoker = true) as
select traffic_date, store_key, hour_of_day, entries, exits, is_synthetic, updated_at at time zone 'UTC' as updated_at
from analytics.fact_foot_traffic;

comment on view bi.fact_foot_traffic is 'People through the doors of one store in one hour.';
comment on column bi.fact_foot_traffic.traffic_date is 'The store''s day.';
comment on column bi.fact_foot_traffic.store_key is 'Version of the store that held on that day.';
comment on column bi.fact_foot_traffic.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column bi.fact_foot_traffic.entries is 'People who came in.';
comment on column bi.fact_foot_traffic.exits is 'People who left.';
comment on column bi.fact_foot_traffic.is_synthetic is 'Made up by a seeded rule, not counted.';
comment on column bi.fact_foot_traffic.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
