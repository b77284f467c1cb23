-- What a person decides about alerts, kept with the alert and in its history. $1 alerts, $2 status, $3 who, $4 why, $5 until.
-- All of them or none: when one does not exist or is resolved already, it is returned as such, and nothing is done.
with wanted as (
  select distinct unnest($1::bigint[]) as alert_id
),
chosen as materialized (
  select alert_id from ops.alert
  where alert_id = any ($1) and status <> 'resolved'
  order by alert_id for update
),
changed as (
  update ops.alert
  set
    status = $2, status_by = $3, status_why = $4, snoozed_until = $5::timestamptz,
    resolved_at = case when $2 = 'resolved' then ops.now() end,
    updated_at = clock_timestamp()
  where alert_id in (select alert_id from chosen)
    and (select count(*) from chosen) = (select count(*) from wanted)
  returning alert_id
),
noted as (
  insert into ops.alert_action (alert_id, action, acted_by, why, until, acted_at)
  select alert_id, $2, $3, $4, $5::timestamptz, ops.now() from changed
)
select
  wanted.alert_id,
  chosen.alert_id is not null as acted,
  exists (select from ops.alert where alert.alert_id = wanted.alert_id) as exists
from wanted left join chosen using (alert_id)
order by alert_id
