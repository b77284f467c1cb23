-- Writes a day whose rows were deleted in the same transaction. {date}: the day; {staging}: its lines, by natural key.
insert into analytics.fact_sales (
  sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount,
  gross_amount, net_amount, is_return, is_promoted, is_synthetic, original_transaction_id, original_line_no,
  original_sale_date, customer_id, payment_method, source, sold_at, known_at
)
select
  {date}, store.store_key, product.product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount,
  gross_amount, net_amount, is_return, is_promoted, is_synthetic, original_transaction_id, original_line_no,
  original_sale_date, customer_id, payment_method, source, sold_at, known_at
from {staging} as staged
join analytics.dim_store as store
  on store.store_id = staged.store_id and sold_at >= store.valid_from and sold_at < store.valid_to
join analytics.dim_product as product
  on product.product_id = staged.product_id and sold_at >= product.valid_from and sold_at < product.valid_to
