create or replace view bi.fact_sales with (security_invoker = true) as
select
  sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount,
  net_amount, is_return, is_promoted, is_synthetic, original_transaction_id, original_line_no, original_sale_date,
  customer_id, payment_method, source,
  sold_at at time zone 'UTC' as sold_at,
  known_at at time zone 'UTC' as known_at,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_sales;

comment on view bi.fact_sales is 'One row a line of a till receipt or invoice, returns included.';
comment on column bi.fact_sales.sale_date is 'The store''s day of the sale.';
comment on column bi.fact_sales.store_key is 'Version of the store that held at the sale.';
comment on column bi.fact_sales.product_key is 'Version of the product that held at the sale.';
comment on column bi.fact_sales.transaction_id is 'Basket or invoice.';
comment on column bi.fact_sales.line_no is 'Position of the line in the transaction.';
comment on column bi.fact_sales.event_id is 'The event that told of it; unique.';
comment on column bi.fact_sales.quantity is 'Units or weight sold; negative for a return.';
comment on column bi.fact_sales.unit_price is 'List price of one unit before discount.';
comment on column bi.fact_sales.discount_amount is 'Money taken off the whole line.';
comment on column bi.fact_sales.gross_amount is 'quantity × unit_price, before discount.';
comment on column bi.fact_sales.net_amount is 'What was paid for the line; negative for a return.';
comment on column bi.fact_sales.is_return is 'The line takes goods back.';
comment on column bi.fact_sales.is_promoted is 'Sold under a promotion.';
comment on column bi.fact_sales.is_synthetic is 'Holds fields that were made up by a seeded rule, not observed.';
comment on column bi.fact_sales.original_transaction_id is 'For a return: the transaction that it takes back, as the till told or as the load found.';
comment on column bi.fact_sales.original_line_no is 'For a return: the line that it takes back, where it was found.';
comment on column bi.fact_sales.original_sale_date is 'For a return: the day of the sale that it takes back, where it was found.';
comment on column bi.fact_sales.customer_id is 'Customer, when known.';
comment on column bi.fact_sales.payment_method is 'cash, card, mobile, voucher, invoice or unknown.';
comment on column bi.fact_sales.source is 'The system that sent the event.';
comment on column bi.fact_sales.sold_at is 'Instant of the sale, UTC.';
comment on column bi.fact_sales.known_at is 'Instant at which the event reached Kafka, UTC.';
comment on column bi.fact_sales.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
