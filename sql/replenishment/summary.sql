-- What a day's replenishment came to. $1 day, $2 location, $3 supplier: null for all; $4 examples at most.
with of_day as materialized (
  select purchase_order_id, currency, total_value, status, status = 'cancelled' and sent_at is null as is_free
  from ops.purchase_order
  where review_date = $1 and ($2::text is null or location_id = $2) and ($3::text is null or supplier_id = $3)
),
-- What was cancelled before it was sent is not ordered, and may have been planned again.
chosen as materialized (
  select * from of_day where not is_free
),
skip as materialized (
  select location_id, supplier_id, product_id, reason, detail
  from ops.replenishment_skip
  where review_date = $1 and ($2::text is null or location_id = $2) and ($3::text is null or supplier_id in ($3, ''))
)
select
  (select count(*) from chosen)::integer as "orders",
  (
    select count(*) from ops.purchase_order_line where purchase_order_id in (select purchase_order_id from chosen)
  )::integer as "lines",
  (
    select coalesce(jsonb_object_agg(currency, value), '{}')
    from (select currency, ops.decimal_text(sum(total_value)) as value from chosen group by currency) as money
  ) as "value",
  (
    select coalesce(jsonb_object_agg(status, orders), '{}')
    from (select status, count(*) as orders from of_day group by status) as counted
  ) as "statuses",
  (select count(*) from of_day where is_free)::integer as "cancelled",
  (
    select count(*) from ops.transfer_proposal
    where review_date = $1 and state = 'proposed' and ($2::text is null or to_location_id = $2)
  )::integer as "transfers",
  (
    select coalesce(jsonb_object_agg(reason, products), '{}')
    from (select reason, count(*) as products from skip group by reason) as counted
  ) as "skipped",
  (
    select coalesce(jsonb_agg(to_jsonb(example)), '[]')
    from (
      select location_id as "locationId", supplier_id as "supplierId", product_id as "productId", reason, detail
      from (
        select skip.*, row_number() over (partition by reason order by location_id, supplier_id, product_id) as place from skip
      ) as placed
      order by place, reason
      limit $4
    ) as example
  ) as "examples"
