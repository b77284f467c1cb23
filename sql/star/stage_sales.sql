select
  store_id, product_id, transaction_id, line_no::integer as line_no, event_id, quantity, unit_price, discount_amount,
  gross_amount, net_amount, is_return, is_promoted, is_synthetic, original_transaction_id,
  original_line_no::integer as original_line_no, original_sale_date, customer_id, payment_method, source,
  event_at as sold_at, known_at
from {sales}
where {keep}
