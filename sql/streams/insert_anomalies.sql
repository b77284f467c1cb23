-- Keeps the sale lines of a batch that are odd. $1: a JSON array of validated pos_transactions with amount, score, reason and
-- reasons; $2: the version that scored. Of two copies the first counts. Ordered by the key, so that two workers take locks in
-- the same order.
insert into ops.anomaly (
  sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, amount, score, reason,
  reasons, model_version
)
select
  left(event_at, 10)::date, state.event_key('pos_transactions', event_id), store_id, product_id, event_at::timestamptz,
  transaction_id, line_no, quantity, unit_price, round(amount, 2), score, reason, reasons, $2
from json_to_recordset($1::json) as line (
  event_id text, event_at text, store_id text, product_id text, transaction_id text, line_no integer, quantity numeric,
  unit_price numeric, amount numeric, score double precision, reason text, reasons jsonb
)
order by 1, 2
on conflict do nothing
