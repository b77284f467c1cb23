-- A till has reported other sales than are loaded.
-- Reads: bi.till_reconciliation.
-- Opens: lines or amounts of one of the last seven days differ, and the day was built after the till's closing.
-- Resolves: when they are equal.
-- Impact: the difference of the amounts.
create or replace function ops.alert_till_difference(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    tills.till_id || '/' || tills.sale_date,
    store.store_id,
    null::text,
    case when tills.difference_amount = 0 then 'warning' else 'critical' end,
    abs(round(tills.difference_amount, 2)),
    format('Till %s reported %s lines and %s for %s; %s lines and %s are loaded', tills.till_id, tills.reported_lines,
      ops.decimal_text(tills.reported_amount), tills.sale_date, tills.loaded_lines, ops.decimal_text(tills.loaded_amount)),
    jsonb_build_object(
      'sale_date', tills.sale_date, 'reported_lines', tills.reported_lines, 'loaded_lines', tills.loaded_lines,
      'reported_amount', ops.decimal_text(tills.reported_amount), 'loaded_amount', ops.decimal_text(tills.loaded_amount)
    ),
    null::numeric,
    tills.loaded_at >= tills.reported_at
  from bi.till_reconciliation as tills
  join analytics.dim_store as store using (store_key)
  where tills.status = 'different' and tills.sale_date >= (as_of at time zone 'UTC')::date - 7
$$;
comment on function ops.alert_till_difference is 'A till has reported other sales than are loaded.';
