-- Of positions ($3) in a topic ($1) and partition ($2) those of which nothing is known yet. No one else finds out about them meanwhile.
select to_jsonb(array(select one from unnest($3::bigint[]) as one where not one <@ positions order by one)) as "notJudged"
from ops.judged_messages
where topic = $1 and partition = $2
for update
