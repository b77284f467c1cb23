-- A day's sale lines: each event once, amounts exact, what is doubtful flagged and kept.
create or replace temp table cleansed as
with repeated_line as (
  select store_id, transaction_id, product_id from events group by all having count(*) > 1
),
-- The till may list the same thing twice because it was scanned twice, or because a line was sent under two event ids.
-- The data does not show it, so that the line counts and is marked.
line_copy as (
  select
    store_id,
    event_id,
    row_number() over (
      partition by store_id, transaction_id, product_id, quantity, unit_price, discount, customer_id, event_at
      order by line_no, event_id
    ) as copy
  from events
  semi join repeated_line using (store_id, transaction_id, product_id)
),
suspect as (
  select store_id, event_id from line_copy where copy > 1
)
select
  event.event_id,
  event.store_id,
  event.transaction_id,
  event.line_no,
  event.product_id,
  event.quantity,
  event.unit_price,
  event.discount as discount_amount,
  -- A product of two decimals of 18 digits would have only 18: ten million would not fit.
  (event.quantity::decimal(24, 6) * event.unit_price)::decimal(24, 6) as gross_amount,
  -- Cast first: rounded to cents it has 38 digits, and the common type of both would have no room for more than cents.
  coalesce(event.net_amount, round(event.quantity::decimal(24, 6) * event.unit_price - event.discount, 2)::decimal(24, 6)) as net_amount,
  event.quantity < 0 as is_return,
  coalesce(event.is_promoted, false) as is_promoted,
  coalesce(event.synthetic, false) as is_synthetic,
  suspect.event_id is not null as is_duplicate_suspect,
  unknown_stores.store_id is not null as is_unknown_store,
  unknown_products.product_id is not null as is_unknown_product,
  coalesce(event.original_transaction_id, link.transaction_id) as original_transaction_id,
  link.line_no as original_line_no,
  link.sale_date as original_sale_date,
  event.customer_id,
  event.till_id,
  event.payment_method,
  event.source,
  event.event_at,
  event.known_at,
  event.date
from events as event
left join suspect using (store_id, event_id)
left join return_links as link using (store_id, event_id)
left join unknown_stores using (store_id)
left join unknown_products using (product_id)
