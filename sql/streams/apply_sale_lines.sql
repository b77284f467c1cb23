-- Keeps a batch of sale lines for some days. $1: a JSON array of validated pos_transactions. Of two copies the first counts.
with kept as materialized (
  select coalesce(max(forgotten_before), '-infinity') as since from state.retention where table_name = 'sale_line'
),
line as materialized (
  select left(event_at, 10)::date as sale_date, state.event_key('pos_transactions', event_id) as event_key, *
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text, product_id text, transaction_id text, line_no integer,
    quantity numeric, unit_price numeric, discount numeric, net_amount numeric, customer_id text, is_promoted boolean
  )) with ordinality
),
inserted as (
  insert into state.sale_line (
    sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, discount,
    net_amount, customer_id, is_promoted
  )
  select distinct on (sale_date, event_key)
    sale_date, event_key, store_id, product_id, event_at::timestamptz, transaction_id, line_no, quantity, unit_price,
    discount, coalesce(net_amount, round(quantity * unit_price - discount, 2)), customer_id, is_promoted
  from line
  join kept on sale_date >= since
  order by sale_date, event_key, ordinality
  on conflict (sale_date, event_key) do nothing
  returning 1
)
select
  (select count(*) from inserted) as applied,
  (select count(*) from line join kept on sale_date < since) as late
