-- Keeps a batch of sale lines for some days. $1 to $12: columns of validated pos_transactions, a line an event. Of two
-- copies the first counts.
with kept as materialized (
  select coalesce(max(forgotten_before), '-infinity') as since from state.retention where table_name = 'sale_line'
),
line as materialized (
  select
    left(event_at, 10)::date as sale_date,
    state.event_key('pos_transactions', event_id) as event_key,
    store_id,
    product_id,
    event_at::timestamptz as sold_at,
    transaction_id,
    line_no::integer as line_no,
    quantity::numeric as quantity,
    unit_price::numeric as unit_price,
    discount::numeric as discount,
    net_amount::numeric as net_amount,
    customer_id,
    is_promoted::boolean as is_promoted,
    ordinality
  from unnest(
    string_to_array($1, e'\n', ''), string_to_array($2, e'\n', ''), string_to_array($3, e'\n', ''),
    string_to_array($4, e'\n', ''), string_to_array($5, e'\n', ''), string_to_array($6, e'\n', ''),
    string_to_array($7, e'\n', ''), string_to_array($8, e'\n', ''), string_to_array($9, e'\n', ''),
    string_to_array($10, e'\n', ''), string_to_array($11, e'\n', ''), string_to_array($12, e'\n', '')
  ) with ordinality as line (
    event_id, event_at, store_id, product_id, transaction_id, line_no, quantity, unit_price, discount, net_amount,
    customer_id, is_promoted, ordinality
  )
),
inserted as (
  insert into state.sale_line (
    sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, discount,
    net_amount, customer_id, is_promoted
  )
  select distinct on (sale_date, event_key)
    sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, discount,
    coalesce(net_amount, round(quantity * unit_price - discount, 2)), customer_id, is_promoted
  from line
  join kept on sale_date >= since
  order by sale_date, event_key, ordinality
  on conflict (sale_date, event_key) do nothing
  returning 1
)
select
  (select count(*) from inserted) as applied,
  (select count(*) from line join kept on sale_date < since) as late
