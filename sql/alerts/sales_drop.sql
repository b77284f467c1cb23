-- A store sells far less than usual at this hour of this weekday.
-- Reads: state.sales_hour, ops.incident, analytics.sales_by_store_day.
-- Opens: in its newest complete hour the store had four standard deviations fewer transactions than usual, and at most
-- half of them. The usual level is the mean of the same hour of the same weekday in the four weeks before, without that
-- hour, without tagged incidents and, where three weeks are left, without days of promotions.
-- Resolves: when the difference is less than three standard deviations.
-- Impact: the missing revenue.
create or replace function ops.alert_sales_drop(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    '',
    store_id,
    null::text,
    'warning',
    round(usual_revenue - revenue, 2),
    format('%s transactions from %s to %s; usually %s', transactions, to_char(local_start, 'HH24:MI'),
      to_char(local_start + interval '1 hour', 'HH24:MI'), round(usual)),
    jsonb_build_object(
      'hour', local_start, 'transactions', transactions, 'usual', round(usual, 1), 'standard_deviations', score,
      'weeks', weeks
    ),
    null::numeric,
    score <= -4 and transactions <= 0.5 * usual
  from ops.unusual_hours(as_of)
  where score <= -3
$$;
comment on function ops.alert_sales_drop is 'A store sells far less than usual at this hour of this weekday.';
