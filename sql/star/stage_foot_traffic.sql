-- Counts per quarter of an hour: every time zone's hours begin on one of them.
select
  store_id, time_bucket(interval 15 minutes, event_at) as counted_at, sum(entries)::bigint as entries,
  sum(exits)::bigint as exits, bool_or(is_synthetic) as is_synthetic
from {traffic}
where {keep}
group by all
