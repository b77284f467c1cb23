create or replace view bi.slow_movers_by_age with (security_invoker = true) as
select
  measured_on, store_key, aging, products, tied_up_amount,
  updated_at at time zone 'UTC' as updated_at
from analytics.slow_movers_by_age;

comment on view bi.slow_movers_by_age is 'fact_slow_mover summed to store × age of the stock. Fresh within 15 minutes of the predictions.';
comment on column bi.slow_movers_by_age.measured_on is 'The day that was measured.';
comment on column bi.slow_movers_by_age.store_key is 'Version of the store on the day.';
comment on column bi.slow_movers_by_age.aging is 'How long its products have not sold: 0-30, 31-60, 61-90 or over 90 days.';
comment on column bi.slow_movers_by_age.products is 'Slow movers of this age.';
comment on column bi.slow_movers_by_age.tied_up_amount is 'Value of their stock, at cost, else at price.';
comment on column bi.slow_movers_by_age.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
