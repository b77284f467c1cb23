-- The positions of the processors that are not paused; the raw sink commits by its own interval.
select processor, topic, partition, position, problem
from ops.stream_offsets
left join ops.stream_controls using (processor)
where processor <> 'raw_sink' and not coalesce(paused, false)
order by processor, topic, partition
