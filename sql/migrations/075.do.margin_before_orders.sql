-- A product that was never ordered here has the cost that its supplier asks.

create or replace view state.enriched_sale as
select
  line.store_id,
  line.product_id,
  line.sold_at,
  line.sale_date,
  line.transaction_id,
  line.line_no,
  line.customer_id,
  line.quantity,
  line.unit_price,
  line.discount,
  line.net_amount,
  line.is_promoted,
  price.price,
  price.reason as price_reason,
  price.promotion_id,
  price.valid_from as price_valid_from,
  list.price as list_price,
  list.price - price.price as price_reduction,
  line.unit_price - list.price as list_price_deviation,
  case when line.quantity > 0 then
    line.net_amount > round(line.quantity * price.price, 2)
    or (line.unit_price <> price.price and line.unit_price is distinct from list.price)
  end as is_price_mismatch,
  (
    select stock.on_hand
      + (
        select coalesce(sum(later.quantity), 0) from state.sale_line as later
        where later.store_id = line.store_id and later.product_id = line.product_id
          and later.sold_at >= line.sold_at and (later.sold_at, later.event_key) >= (line.sold_at, line.event_key)
      )
      - (
        select coalesce(sum(later.quantity), 0) from state.stock_movement as later
        where later.store_id = line.store_id and later.product_id = line.product_id and later.moved_at > line.sold_at
      )
    from state.stock
    where stock.store_id = line.store_id and stock.product_id = line.product_id
  ) as stock_before,
  coalesce(cost.unit_cost, terms.unit_cost)::numeric(18, 6) as unit_cost,
  line.net_amount - line.quantity * coalesce(cost.unit_cost, terms.unit_cost) as margin
from state.sale_line as line
left join lateral (
  select price, reason, promotion_id, valid_from from state.price
  where price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
  order by valid_from desc, event_id desc limit 1
) as price on true
left join lateral (
  select price from state.price
  where price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
    and reason in ('regular', 'correction')
  order by valid_from desc, event_id desc limit 1
) as list on true
left join lateral (
  select purchase.unit_cost
  from analytics.fact_purchase_order as purchase
  join analytics.dim_product using (product_key)
  where dim_product.product_id = line.product_id and purchase.order_date <= line.sale_date
    and purchase.unit_cost is not null
  order by order_date desc, purchase_order_id desc, purchase.line_no limit 1
) as cost on true
left join lateral (
  select unit_cost from ref.supply_terms
  where supply_terms.product_id = line.product_id
  order by location_id is not distinct from line.store_id desc, location_id nulls first, preference, terms_id limit 1
) as terms on cost.unit_cost is null;
comment on column state.enriched_sale.unit_cost is
  'Agreed price of a unit in the newest purchase order until then; before there is one, in the preferred supplier''s terms; null where neither is known.';
