-- What became of the raw messages, before anything is written.
select
  count(*) filter (where rejection is not null) as rejected,
  (select coalesce(sum(copies - 1), 0) from repeated_events) as duplicates
from raw_rows
