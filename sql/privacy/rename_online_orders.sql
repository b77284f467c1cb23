-- As rename_baskets.sql, for online orders: by the day of their newest event.
with changed as (
  update state.online_order set customer_id = renamed.name
  from unnest($1::text[], $2::date[], $3::text[]) as renamed (known, day, name)
  where online_order.customer_id = renamed.known and (online_order.last_event_at at time zone 'UTC')::date = renamed.day
  returning 1
)
select count(*) as rows from changed
