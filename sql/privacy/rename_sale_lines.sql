-- As rename_baskets.sql, for the sale lines of the live state.
with changed as (
  update state.sale_line set customer_id = renamed.name
  from unnest($1::text[], $2::date[], $3::text[]) as renamed (known, day, name)
  where sale_line.customer_id = renamed.known and sale_line.sale_date = renamed.day
  returning 1
)
select count(*) as rows from changed
