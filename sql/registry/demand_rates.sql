-- How much of each product a store sells a day of the calendar, from features' last eight weeks of days: a series that is
-- younger than a window is measured over its own days. {features}: rows of features/demand.
create or replace temp view demand_rate as
select
  store_id,
  product_id,
  date,
  abc_class,
  list_sum(recent[50:56]) / least(7, days_of_history) as rate_7,
  list_sum(recent[29:56]) / least(28, days_of_history) as rate_28,
  list_sum(recent) / least(56, days_of_history) as rate_56,
  sqrt(greatest(0,
    list_sum(list_transform(recent[29:56], lambda units : units * units)) / least(28, days_of_history)
    - power(list_sum(recent[29:56]) / least(28, days_of_history), 2)
  )) as deviation_28,
  coalesce(trend_28, 0) as trend_28,
  list_bool_and(list_transform(recent, lambda units : units = round(units))) as is_by_piece
from {features}
