-- Partitions of topics that are stopped until a person decides.
select processor, topic, partition, problem
from ops.stream_offsets
where problem is not null
order by processor, topic, partition
