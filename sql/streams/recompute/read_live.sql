-- The live state and the positions it belongs to, as of one moment. DuckDB.
create temp table positions as
select topic, partition::bigint as "partition", position from live.ops.stream_offsets where processor = 'sales_state';

create temp table refused as
select topic, partition::bigint as "partition", "offset" from live.ops.dead_letters where origin = 'sales_state';

create temp table live_stock as
select store_id, product_id, on_hand::decimal(38, 6) as on_hand from live.state.stock;

create temp table live_day as
select
  store_id, product_id, sale_date, units::decimal(38, 6) as units, revenue::decimal(38, 6) as revenue,
  returned_units::decimal(38, 6) as returned_units, lines
from live.state.sales_day
