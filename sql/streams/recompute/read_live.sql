-- The live state and the positions it belongs to, as of one moment. {of_store}, {of_warehouse}: which rows; {postgres}: the
-- attached database. DuckDB.
-- A row is a key and its values; a shelf of which nothing was ever told has a row, but no value.
create temp table positions as
select processor, topic, "partition"::bigint as "partition", position from {postgres}.ops.stream_offsets;

create temp table refused as
