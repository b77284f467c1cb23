-- Messages of the last hour that could not be applied and that no one has looked at.
select origin, topic, reason, count(*) as letters, min(error) as example
from ops.dead_letters
where status = 'open' and created_at > now() - interval '1 hour'
group by origin, topic, reason
order by letters desc, topic
