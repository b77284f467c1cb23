-- What was done in the web application, the newest first. $1 person, $2 part of the route, $3 since: null for any; $4 only what was
-- refused; $5 at most; $6 number of the action after which the page begins: null for the first.
select
  action_id as "actionId", acted_at as at, person, action, coalesce(detail ->> 'ended', 'not known') as ended, detail ->> 'token' as token,
  detail - 'ended' - 'token' as detail
from ops.web_action
where ($1::text is null or person = $1)
  and ($2::text is null or strpos(action, $2) > 0)
  and ($3::timestamptz is null or acted_at >= $3)
  and (not $4::boolean or detail ->> 'ended' <> 'done')
  and ($6::bigint is null or action_id < $6)
order by action_id desc
limit $5
