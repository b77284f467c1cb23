-- A sale differs from others: by its quantity, price, discount or hour.
-- Reads: ops.anomaly.
-- Opens: the champion isolation forest has marked a line of the product as unusual in the last 20 minutes. It marks one
-- line in a thousand.
-- Impact: the amount of these lines.
create or replace function ops.alert_unusual_sale(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with line as (
    select
      store_id,
      product_id,
      count(*) as lines,
      sum(abs(amount)) as amount,
      (array_agg(anomaly order by score desc, event_key))[1] as oddest
    from ops.anomaly
    where sold_at > as_of - interval '20 minutes' and sold_at <= as_of
    group by store_id, product_id
  )
  select
    line.product_id,
    line.store_id,
    line.product_id,
    'info',
    round(amount, 2),
    format('%s: %s × %s in %s at %s differs from other sales (%s)', coalesce(products.name, line.product_id),
      trim_scale((oddest).quantity), trim_scale((oddest).unit_price), (oddest).transaction_id,
      to_char((oddest).sold_at at time zone ops.time_zone_of(line.store_id), 'HH24:MI'),
      replace((oddest).reason, '_', ' ')),
    jsonb_build_object(
      'lines', lines, 'score', round((oddest).score::numeric, 3), 'reasons', (oddest).reasons,
      'transaction_id', (oddest).transaction_id, 'line_no', (oddest).line_no, 'model_version', (oddest).model_version
    ),
    null::numeric,
    true
  from line
  left join ref.products using (product_id)
$$;
comment on function ops.alert_unusual_sale is 'A sale differs from others: by its quantity, price, discount or hour.';
