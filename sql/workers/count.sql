-- Workers that are alive, by kind (processor is null) and by processor; also of processors that none is alive for.
with alive as (
  select kind, serves from ops.worker_states where state = 'alive'
),

processors as (
  select processor from ops.stream_offsets
  union
  select unnest(serves) from ops.workers where kind = 'stream'
)

select kind, null as processor, (select count(*) from alive where alive.kind = kinds.kind)::int as alive
from unnest(array['stream', 'batch', 'web', 'receive', 'cdc', 'predict', 'files', 'avro', 'mqtt']) as kinds (kind)

union all

select
  'stream', processor,
  (select count(*) from alive where alive.kind = 'stream' and processor = any (alive.serves))::int
from processors
