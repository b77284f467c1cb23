-- Partitions of topics that stand still until a person decides.
select processor, topic, partition, problem
from ops.stream_offsets
where problem is not null
order by processor, topic, partition
