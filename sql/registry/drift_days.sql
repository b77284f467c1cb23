-- Of the last 60 days on which drift of model $1 was measured: how many findings differed, the oldest first.
select *
from (
  select drift_date::text as date, count(*) filter (where is_drifted)::integer as drifted
  from ops.model_drift
  where model_name = $1
  group by drift_date
  order by drift_date desc
  limit 60
) as newest
order by date
