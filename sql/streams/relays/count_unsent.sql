-- Messages that are set aside and that no one has decided about yet.
select relay, topic, reason, count(*) as messages, min(first_failed_at) as since
from ops.unsent_message
where status = 'open'
group by relay, topic, reason
order by relay, topic, reason
