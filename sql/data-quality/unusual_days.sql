-- How a day differs from what is usual, where it differs more than chance explains: sales of each store against the same weekdays of the
-- eight weeks before it, without holidays and tagged incidents; rows of each asset, and the hour at which it was built, against its days
-- of four weeks. $1 the day. ops.quality_limit has the limits. A row is a finding.
with observed as materialized (
  select
    'store ' || store.store_id as subject, days.sale_date as day,
    sum(lines) as lines, sum(transactions) as transactions, sum(net_amount) as net_amount, sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount, sum(return_lines) as return_lines, sum(costed_net_amount) as costed_net_amount
  from analytics.sales_by_store_day as days
  join analytics.dim_store as store using (store_key)
  where days.sale_date between $1::date - 56 and $1::date
    and extract(isodow from days.sale_date) = extract(isodow from $1::date)
    and not exists (
      select from ref.holidays where holidays.country = store.country and holidays.holiday_date = days.sale_date
    )
    and not exists (
      select from ops.incident
      where coalesce(incident.store_id, store.store_id) = store.store_id
        and (incident.starts_at at time zone store.time_zone)::date <= days.sale_date
        and (incident.ends_at at time zone store.time_zone)::date >= days.sale_date
    )
  group by store.store_id, days.sale_date
),
-- The share of a day's lines that would have to move to other hours to give the usual day.
by_hour as materialized (
  select 'store ' || store.store_id as subject, hours.sale_date as day, hour_of_day, sum(hours.lines) as lines
  from analytics.sales_by_store_hour as hours
  join analytics.dim_store as store using (store_key)
  where hours.sale_date between $1::date - 56 and $1::date
    and exists (select from observed where observed.subject = 'store ' || store.store_id and observed.day = hours.sale_date)
  group by store.store_id, hours.sale_date, hour_of_day
),
usual_hour as (
  select subject, hour_of_day, sum(lines) / sum(sum(lines)) over (partition by subject) as share
  from by_hour
  where day < $1::date
  group by subject, hour_of_day
),
moved as (
  select subject, day, sum(greatest(coalesce(own.share, 0) - coalesce(usual_hour.share, 0), 0)) as share
  from (
    select subject, day, hour_of_day, lines / sum(lines) over (partition by subject, day) as share from by_hour
  ) as own
  left join usual_hour using (subject, hour_of_day)
  group by subject, day
),
built as (
  select 'asset ' || asset as subject, date as day, rows, extract(epoch from succeeded_at - (date + 1)::timestamptz) / 3600 as hours
  from ops.partition_ledger
  where date between $1::date - 28 and $1::date and succeeded_at is not null
),
-- of_trials: 1 for a count; for a share the lines that it is of; null for what is not counted.
measured as (
  select subject, day, measure, value, of_trials
  from observed
  cross join lateral (
    values
      ('lines', lines::numeric, 1::numeric),
      ('lines_per_transaction', lines / nullif(transactions, 0)::numeric, null::numeric),
      ('amount_per_line', net_amount / nullif(lines, 0), null::numeric),
      ('return_share', return_lines / nullif(lines, 0)::numeric, lines),
      ('discount_share', discount_amount / nullif(gross_amount, 0), null::numeric),
      ('unknown_cost_share', 1 - coalesce(costed_net_amount, 0) / nullif(net_amount, 0), null)
  ) as own (measure, value, of_trials)
  where value is not null
  union all
  select subject, day, 'hours_moved', share, null from moved
  union all
  select subject, day, 'rows', rows, 1 from built where rows is not null
  union all
  select subject, day, 'built_after_hours', hours::numeric, null from built
),
middle as (
  select subject, measure, percentile_cont(0.5) within group (order by value)::numeric as usual, count(*) as days
  from measured
  where day < $1::date
  group by subject, measure
),
spread as (
  select
    subject, measure, usual, days,
    -- 1.4826 × the median deviation is the standard deviation of what is normal, whatever a few odd days did.
    1.4826 * percentile_cont(0.5) within group (order by abs(value - usual))::numeric as deviation
  from measured
  join middle using (subject, measure)
  where day < $1::date
  group by subject, measure, usual, days
),
judged as (
  select
    subject, measure, value, usual, days, own_limit.score_max,
    abs(value - usual) / greatest(
      deviation,
      -- The standard deviation that counting alone gives: by it small stores do not alarm by chance.
      case when is_share then sqrt(greatest(usual * (1 - usual), 1 / of_trials) / of_trials) else of_trials * sqrt(greatest(usual, 1)) end,
      0.01 * abs(usual),
      0.000001
    ) as score,
    case when is_share then abs(value - usual) else abs(value - usual) / greatest(abs(usual), 1) end as change,
    change_min
  from measured
  join spread using (subject, measure)
  join ops.quality_limit as own_limit using (measure)
  where day = $1::date and days >= days_min
)
select
  measure, subject, round(value, 4)::text as value, round(usual, 4)::text as usual, round(score, 1)::text as score, days::integer as days,
  score > score_max and change > change_min as "isUnusual"
from judged
order by measure, judged.score desc, subject
