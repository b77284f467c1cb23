create or replace view bi.forecast_accuracy_by_week with (security_invoker = true) as
select
  week_start, store_key, category, days, actual_quantity, forecast_quantity,
  abs(forecast_quantity - actual_quantity) as absolute_error,
  updated_at at time zone 'UTC' as updated_at
from analytics.forecast_accuracy_by_week;

comment on view bi.forecast_accuracy_by_week is 'The week as it was forecast on the Sunday before, compared with what sold, by store × category × week. A week is counted as far as it is known.';
comment on column bi.forecast_accuracy_by_week.week_start is 'Monday of the week.';
comment on column bi.forecast_accuracy_by_week.store_key is 'Version of the store on the days.';
comment on column bi.forecast_accuracy_by_week.category is 'Category of the products on the days; Unknown if the catalogue has none.';
comment on column bi.forecast_accuracy_by_week.days is 'Days of the week that are known.';
comment on column bi.forecast_accuracy_by_week.actual_quantity is 'Units that sold on them.';
comment on column bi.forecast_accuracy_by_week.forecast_quantity is 'Units that were forecast for them.';
comment on column bi.forecast_accuracy_by_week.absolute_error is '|forecast_quantity − actual_quantity|: of the week, so that errors of its days may even out.';
comment on column bi.forecast_accuracy_by_week.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
