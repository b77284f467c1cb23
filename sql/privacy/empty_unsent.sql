-- As empty_letters.sql, for messages that could not be sent.
with changed as (
  update ops.unsent_message set payload = null, error = 'erased'
  where exists (
      select from unnest($1::bytea[]) as wanted (bytes)
      where position(bytes in convert_to(coalesce(payload::text, '') || coalesce(error, ''), 'UTF8')) > 0
    )
    or payload::text ~ $2 or error ~ $2
  returning 1
)
select count(*) as rows from changed
