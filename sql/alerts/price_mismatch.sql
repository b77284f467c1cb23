-- A till charges a price that is not the current one.
-- Reads: state.sale_line, state.price.
-- Opens: in the last 20 minutes at least two lines were sold at a price that is neither the current price nor the list
-- price, or above the current price. One line is enough when the current price was at least an hour old by then,
-- because then the customer was not yet on the way to the till when it changed.
-- Resolves: when the last 20 minutes have no such line.
-- Impact: the sum of the differences. Critical when customers paid too much.
create or replace function ops.alert_price_mismatch(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with line as materialized (
    select line.store_id, line.product_id, line.sold_at, line.quantity, line.unit_price, line.net_amount,
      price.price, price.reason, price.valid_from
    from state.sale_line as line
    cross join lateral (
      select price, reason, valid_from from state.price
      where price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
      order by valid_from desc, event_id desc limit 1
    ) as price
    where line.sold_at > as_of - interval '20 minutes' and line.sold_at <= as_of
      and line.sale_date >= (as_of at time zone 'UTC')::date - 1
      and line.quantity > 0
      and (line.unit_price <> price.price or line.net_amount > round(line.quantity * price.price, 2))
  ),
  wrong as (
    select
      line.store_id, line.product_id, count(*) as lines,
      sum(abs(line.net_amount - round(line.quantity * line.price, 2))) as difference,
      sum(line.net_amount - round(line.quantity * line.price, 2)) as overpaid,
      (array_agg(line.unit_price order by line.sold_at desc))[1] as charged,
      (array_agg(line.price order by line.sold_at desc))[1] as price,
      (array_agg(line.reason order by line.sold_at desc))[1] as price_reason,
      max(line.valid_from) as price_valid_from,
      bool_or(line.sold_at >= line.valid_from + interval '1 hour') as is_settled
    from line
    left join lateral (
      select price from state.price
      where line.price <> line.unit_price
        and price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
        and reason in ('regular', 'correction')
      order by valid_from desc, event_id desc limit 1
    ) as list on true
    where line.net_amount > round(line.quantity * line.price, 2)
      or (line.unit_price <> line.price and line.unit_price is distinct from list.price)
    group by line.store_id, line.product_id
  )
  select
    wrong.product_id,
    wrong.store_id,
    wrong.product_id,
    case when overpaid > 0 then 'critical' else 'warning' end,
    round(difference, 2),
    format('%s is sold at %s; the price has been %s since %s', coalesce(products.name, wrong.product_id), trim_scale(charged),
      trim_scale(price), to_char(price_valid_from at time zone ops.time_zone_of(wrong.store_id), 'YYYY-MM-DD HH24:MI')),
    jsonb_build_object(
      'charged', charged, 'price', price, 'price_reason', price_reason, 'price_valid_from', price_valid_from,
      'lines', lines, 'overpaid', overpaid
    ),
    null::numeric,
    lines >= 2 or is_settled
  from wrong
  left join ref.products using (product_id)
$$;
comment on function ops.alert_price_mismatch is 'A till charges a price that is not the current one.';
