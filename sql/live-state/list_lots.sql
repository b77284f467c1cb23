-- Lots on shelves and in warehouses that expire, the soonest first, as one page. $1 store or warehouse, $2 category, $3 part of a
-- product's name or its number, $4 days until they expire at most: null for any. $5 entries at most; $6 the place after which the page
-- begins (expiry, place, product, lot): null for the first.
with near as materialized (
  select place, place_id, product_id, batch_id
  from (
    select 'shelf' as place, store_id as place_id, product_id, batch_id, expires_on
    from state.shelf_lot
    where expires_on is not null and refilled > removed and ($1::text is null or store_id = $1)
      and ($4::integer is null or expires_on <= ops.now()::date + $4 + 1)
    union all
    select 'warehouse', warehouse_id, product_id, batch_id, expires_on
    from state.warehouse_lot
    where expires_on is not null and on_hand > 0 and ($1::text is null or warehouse_id = $1)
      and ($4::integer is null or expires_on <= ops.now()::date + $4 + 1)
  ) as own
),
lot as materialized (
  select
    near.place,
    near.place_id,
    near.product_id,
    near.batch_id,
    live.on_hand,
    live.expires_on,
    live.received_on,
    live.expires_on - (ops.now() at time zone coalesce(stores.time_zone, 'UTC'))::date as expires_in_days,
    coalesce(products.name, near.product_id) as name,
    products.category,
    stores.currency
  from near
  left join ref.products using (product_id)
  left join ref.stores on near.place = 'shelf' and stores.store_id = near.place_id
  cross join lateral (
    select on_hand, expires_on, received_on
    from (
      select on_hand, expires_on, received_on, batch_id from state.shelf_lot_live as own
      where near.place = 'shelf' and own.store_id = near.place_id and own.product_id = near.product_id
      union all
      select on_hand, expires_on, received_on, batch_id from state.warehouse_lot_live as own
      where near.place = 'warehouse' and own.warehouse_id = near.place_id and own.product_id = near.product_id
    ) as of_product
    where batch_id = near.batch_id
    offset 0
  ) as live
  where live.on_hand > 0
    and ($2::text is null or products.category = $2)
    and ($3::text is null or near.product_id = $3 or strpos(lower(products.name), lower($3)) > 0)
)
select
  lot.place,
  lot.place_id as "placeId",
  lot.product_id as "productId",
  lot.name,
  lot.batch_id as "batchId",
  ops.decimal_text(lot.on_hand) as "onHand",
  lot.expires_on as "expiresOn",
  lot.expires_in_days as "expiresInDays",
  lot.received_on as "receivedOn",
  round(lot.on_hand * price.price, 2)::text as value,
  coalesce(lot.currency, price.currency) as currency,
  ops.decimal_text(discount.percent) as "markdownPercent",
  array[lot.expires_on::text, lot.place_id, lot.product_id, lot.batch_id] as key
from lot
-- What a store asks for it, what a warehouse pays for it.
left join lateral (
  (
    select own.price, null as currency from state.price as own
    where lot.place = 'shelf' and own.store_id = lot.place_id and own.product_id = lot.product_id and valid_from <= ops.now()
    order by valid_from desc, event_id desc
    limit 1
  )
  union all
  (
    select terms.unit_cost, suppliers.currency
    from ref.supply_terms as terms
    left join ref.suppliers using (supplier_id)
    where lot.place = 'warehouse' and terms.product_id = lot.product_id
      and (terms.location_id is null or terms.location_id = lot.place_id)
    order by terms.location_id is null, preference
    limit 1
  )
) as price on true
left join lateral (
  select percent from ops.discount
  where lot.place = 'shelf' and discount.store_id = lot.place_id and discount.product_id = lot.product_id
    and discount.batch_id = lot.batch_id and ended_at is null
  limit 1
) as discount on true
where ($4::integer is null or lot.expires_in_days <= $4)
  and (
    $6::text[] is null
    or (lot.expires_on, lot.place_id, lot.product_id, lot.batch_id)
      > ($6[1]::date, $6[2] collate "C", $6[3] collate "C", $6[4] collate "C")
  )
order by lot.expires_on, lot.place_id, lot.product_id, lot.batch_id
limit $5
