-- As empty_letters.sql, for examples of rows that failed a check, such as a basket that is not what the lake has.
with changed as (
  update ops.check_failures set failing_row = '{"erased": true}'
  where exists (
      select from unnest($1::bytea[]) as wanted (bytes)
      where position(bytes in convert_to(failing_row::text, 'UTF8')) > 0
    )
    or failing_row::text ~ $2
  returning 1
)
select count(*) as rows from changed
