-- Keeps a batch of sale lines for some days, and adds what is to be paid or was taken back to its transaction. $1 to $16: columns of
-- validated pos_transactions, a line an event. Of two copies the first counts.
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
    payment_method,
    till_id collate "C" as till_id,
    cashier_id collate "C" as cashier_id,
    original_transaction_id collate "C" as original_transaction_id,
    ordinality
  from unnest(
    string_to_array($1, e'\n', ''), string_to_array($2, e'\n', ''), string_to_array($3, e'\n', ''),
    string_to_array($4, e'\n', ''), string_to_array($5, e'\n', ''), string_to_array($6, e'\n', ''),
    string_to_array($7, e'\n', ''), string_to_array($8, e'\n', ''), string_to_array($9, e'\n', ''),
    string_to_array($10, e'\n', ''), string_to_array($11, e'\n', ''), string_to_array($12, e'\n', ''),
    string_to_array($13, e'\n', ''), string_to_array($14, e'\n', ''), string_to_array($15, e'\n', ''),
    string_to_array($16, e'\n', '')
  ) with ordinality as line (
    event_id, event_at, store_id, product_id, transaction_id, line_no, quantity, unit_price, discount, net_amount,
    customer_id, is_promoted, payment_method, till_id, cashier_id, original_transaction_id, ordinality
  )
),
first as materialized (
  select distinct on (sale_date, event_key)
    line.*, coalesce(net_amount, round(quantity * unit_price - discount, 2)) as amount
  from line
  join kept on sale_date >= since
  order by sale_date, event_key, ordinality
),
inserted as (
  insert into state.sale_line (
    sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, discount,
    net_amount, customer_id, is_promoted
  )
  select
    sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, discount,
    amount, customer_id, is_promoted
  from first
  order by sale_date, event_key
  on conflict (sale_date, event_key) do nothing
  returning sale_date, event_key
),
summed as (
  insert into state.sale_transaction as known (
    store_id, transaction_id, sold, returned, lines, till_id, cashier_id, original_transaction_id, first_at, last_at
  )
  select
    store_id,
    transaction_id,
    coalesce(sum(amount) filter (where quantity > 0), 0),
    coalesce(-sum(amount) filter (where quantity < 0), 0),
    count(*),
    min(till_id),
    min(cashier_id),
    min(original_transaction_id),
    min(sold_at),
    max(sold_at)
  from first
  join inserted using (sale_date, event_key)
  where quantity < 0 or (quantity > 0 and payment_method in ('card', 'mobile'))
  group by store_id, transaction_id
  order by store_id, transaction_id
  on conflict (store_id, transaction_id) do update set
    sold = known.sold + excluded.sold,
    returned = known.returned + excluded.returned,
    lines = known.lines + excluded.lines,
    till_id = least(known.till_id, excluded.till_id),
    cashier_id = least(known.cashier_id, excluded.cashier_id),
    original_transaction_id = least(known.original_transaction_id, excluded.original_transaction_id),
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at),
    updated_at = excluded.updated_at
)
select
  (select count(*) from inserted) as applied,
  (select count(*) from line join kept on sale_date < since) as late
