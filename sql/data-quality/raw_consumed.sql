-- How many messages of each topic the raw sink has counted as written to the lake.
select topic, sum(consumed)::bigint as consumed
from ops.stream_offsets
where processor = 'raw_sink'
group by topic
order by topic
