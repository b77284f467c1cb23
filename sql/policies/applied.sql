-- Whether a policy's record was applied or rejected. $1 its event, $2 its topic.
select
  exists (select from ref.policy where event_id = $1) as applied,
  (
    select error
    from ops.dead_letters
    where topic = $2 and status = 'open' and convert_from(payload, 'UTF8') like '%' || $1 || '%'
    order by letter_id desc
    limit 1
  ) as rejected
