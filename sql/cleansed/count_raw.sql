-- What became of the raw messages, before anything is written.
select
  count(*) filter (where problem is not null) as rejected,
  count(*) filter (where problem is null) - (select count(*) from events) as duplicates
from raw_rows
