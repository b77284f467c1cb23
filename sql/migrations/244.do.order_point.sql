-- Used where a day's stock is written, and where a day that is built later changes the days behind it.
create function analytics.order_point(
  quantity numeric, squares numeric, open_days numeric, span_days numeric, service_target numeric
)
returns table (daily_quantity numeric, safety_stock numeric, reorder_point numeric)
language sql immutable parallel safe rows 1
begin atomic
  select
    round(greatest(pace.mean, 0), 6),
    safety.stock,
    round(greatest(pace.mean, 0) * span_days + safety.stock, 6)
  from (select quantity / open_days as mean, squares / open_days as square) as pace
  cross join lateral (select analytics.safety_stock(service_target, pace.square, pace.mean, span_days) as stock) as safety;
end;
comment on function analytics.order_point(numeric, numeric, numeric, numeric, numeric) is
  'When to order, from the units sold, and the sum of their squares, over some days: the mean of a day, the safety stock, and the mean × the days until an order can arrive + the safety stock.';
