-- The sale that each return takes back: in the transaction that the till named, else the customer's most recent earlier
-- sale of the product in the store. {history}: the raw partitions of the days before, as far back as a return may reach.
create or replace temp table return_links as
with earlier_sale as (
  select store_id, product_id, customer_id, transaction_id, line_no, event_at, date from events where quantity > 0
  union all
  select store_id, product_id, customer_id, transaction_id, line_no, event_at, date
  from {history}
  where problem is null and quantity > 0
),

candidate as (
  select
    sent_back.store_id,
    sent_back.event_id,
    sale.transaction_id,
    sale.line_no,
    sale.date as sale_date,
    row_number() over (
      partition by sent_back.store_id, sent_back.event_id
      order by sale.event_at desc, sale.transaction_id desc, sale.line_no desc, sale.date desc
    ) as place
  from (select * from events where quantity < 0) as sent_back
  join earlier_sale as sale
    on sale.store_id = sent_back.store_id
    and sale.product_id = sent_back.product_id
    and sale.event_at <= sent_back.event_at
    and if(
      sent_back.original_transaction_id is not null,
      sale.transaction_id = sent_back.original_transaction_id,
      sale.customer_id = sent_back.customer_id and sale.event_at < sent_back.event_at
    )
)

select store_id, event_id, transaction_id, line_no, sale_date
from candidate
where place = 1
