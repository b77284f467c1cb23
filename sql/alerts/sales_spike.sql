-- A store sells far more than usual at this hour of this weekday.
-- Reads: state.sales_hour, state.sale_line, ops.incident, analytics.sales_by_store_day.
-- Opens: in its newest complete hour the store had four standard deviations more transactions than usual, and at least
-- half as many again. The usual level is the mean of the same hour of the same weekday in the four weeks before,
-- without that hour, without tagged incidents and, where three weeks are left, without days of promotions. It does not
-- open when at least half of the lines were promoted: the promotion explains the sales.
-- Resolves: when the difference is less than three standard deviations.
-- Impact: none; the alert is a reminder to watch the shelves.
create or replace function ops.alert_sales_spike(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    '',
    store_id,
    null::text,
    'info',
    null::numeric,
    format('%s transactions from %s to %s; usually %s', transactions, to_char(local_start, 'HH24:MI'),
      to_char(local_start + interval '1 hour', 'HH24:MI'), round(usual)),
    jsonb_build_object(
      'hour', local_start, 'transactions', transactions, 'usual', round(usual, 1), 'standard_deviations', score,
      'weeks', weeks, 'promoted_share', promoted.share
    ),
    null::numeric,
    score >= 4 and transactions >= 1.5 * usual and coalesce(promoted.share, 0) < 0.5
  from ops.unusual_hours(as_of) as hours
  cross join lateral (
    select round(avg((is_promoted is true)::integer), 2) as share
    from state.sale_line as line
    where line.store_id = hours.store_id and line.sale_date = hours.local_start::date
      and line.sold_at >= hours.hour_start and line.sold_at < hours.hour_start + interval '1 hour'
  ) as promoted
  where score >= 3
$$;
comment on function ops.alert_sales_spike is 'A store sells far more than usual at this hour of this weekday.';
