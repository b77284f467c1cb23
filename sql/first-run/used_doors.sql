-- Workers that have something to do here: senders of events, devices, maps of changes and feeds are registered.
select kind
from (
  values
  ('receive', exists (select from ref.event_source)),
  ('cdc', exists (select from ref.cdc_map)),
  ('mqtt', exists (select from ref.device)),
  ('files', exists (select from ref.file_feed))
) as doors (kind, is_used)
where is_used
