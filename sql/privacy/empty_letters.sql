-- Dead letters that have a customer in their message lose it and can no longer be replayed. $1: the bytes of texts to look for;
-- $2: a pattern for the message as text; $3: who, $4: why; $5 and $6: topics, and the patterns of captured rows that were sent to them.
with changed as (
  update ops.dead_letters set
    key = null, payload = null, payload_sha256 = null, headers = '{}', error = 'erased', is_cut = false,
    status = case status when 'open' then 'discarded' else status end,
    settled_by = coalesce(settled_by, $3), settled_why = coalesce(settled_why, $4), updated_at = now()
  where exists (
      select from unnest($1::bytea[]) as wanted (bytes)
      where position(bytes in coalesce(payload, '')) > 0 or position(bytes in coalesce(key, '')) > 0
        or position(bytes in convert_to(error || headers::text, 'UTF8')) > 0
    )
    or encode(payload, 'escape') ~ $2 or error ~ $2
    or exists (
      select from unnest($5::text[], $6::text[]) as mapped (topic, pattern)
      where mapped.topic = dead_letters.topic and (encode(payload, 'escape') ~ pattern or encode(key, 'escape') ~ pattern)
    )
  returning 1
)
select count(*) as rows from changed
