-- Lots on shelves and in warehouses by their expiry, the soonest first: $5 of those that were put there and not taken off, from the place
-- $6 on (expiry, place, product, lot; null: from the first), each with whether anything of it is there and expires in time. $1 store or
-- warehouse, $2 category, $3 part of a product's name or its number, $4 days until they expire at most: null for any.
with clock as materialized (
  select ops.now() as now
),
wanted as materialized (
  select product_id from ref.products
  where ($2::text is null or category = $2) and ($3::text is null or product_id = $3 or strpos(lower(name), lower($3)) > 0)
),
candidate as materialized (
  select *
  from (
    (
      select 'shelf' as place, store_id as place_id, product_id, batch_id, expires_on
      from state.shelf_lot
      where expires_on is not null and refilled > removed and ($1::text is null or store_id = $1)
        and (coalesce($2, $3) is null or product_id = $3 or product_id in (select product_id from wanted))
        and ($4::integer is null or expires_on <= (select now from clock)::date + $4 + 1)
        and (
          $6::text[] is null
          or (expires_on, store_id, product_id, batch_id) > ($6[1]::date, $6[2] collate "C", $6[3] collate "C", $6[4] collate "C")
        )
      order by expires_on, store_id, product_id, batch_id
      limit $5
    )
    union all
    (
      select 'warehouse', warehouse_id, product_id, batch_id, expires_on
      from state.warehouse_lot
      where expires_on is not null and on_hand > 0 and ($1::text is null or warehouse_id = $1)
        and (coalesce($2, $3) is null or product_id = $3 or product_id in (select product_id from wanted))
        and ($4::integer is null or expires_on <= (select now from clock)::date + $4 + 1)
        and (
          $6::text[] is null
          or (expires_on, warehouse_id, product_id, batch_id) > ($6[1]::date, $6[2] collate "C", $6[3] collate "C", $6[4] collate "C")
        )
      order by expires_on, warehouse_id, product_id, batch_id
      limit $5
    )
  ) as own
  order by expires_on, place_id, product_id, batch_id
  limit $5
),
lot as materialized (
  select
    candidate.*,
    live.on_hand,
    live.received_on,
    coalesce(products.name, candidate.product_id) as name,
    stores.currency,
    in_store.expires_in_days,
    coalesce(
      live.on_hand > 0 and ($4::integer is null or in_store.expires_in_days <= $4)
        and ($2::text is null or products.category = $2), false
    ) as is_there
  from candidate
  left join ref.products using (product_id)
  left join ref.stores on candidate.place = 'shelf' and stores.store_id = candidate.place_id
  cross join lateral (
    select candidate.expires_on - ((select now from clock) at time zone coalesce(stores.time_zone, 'UTC'))::date as expires_in_days
  ) as in_store
  left join lateral (
    select on_hand, received_on
    from (
      select on_hand, received_on, batch_id from state.shelf_lot_live as own
      where candidate.place = 'shelf' and own.store_id = candidate.place_id and own.product_id = candidate.product_id
      union all
      select on_hand, received_on, batch_id from state.warehouse_lot_live as own
      where candidate.place = 'warehouse' and own.warehouse_id = candidate.place_id and own.product_id = candidate.product_id
    ) as of_product
    where batch_id = candidate.batch_id
    -- Keeps the planner from a join, for which it would read the lots of every shelf.
    offset 0
  ) as live on true
)
select
  lot.is_there as "isThere",
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
    where lot.is_there and lot.place = 'shelf' and own.store_id = lot.place_id and own.product_id = lot.product_id
      and valid_from <= (select now from clock)
    order by valid_from desc, event_id desc
    limit 1
  )
  union all
  (
    select terms.unit_cost, suppliers.currency
    from ref.supply_terms as terms
    left join ref.suppliers using (supplier_id)
    where lot.is_there and lot.place = 'warehouse' and terms.product_id = lot.product_id
      and (terms.location_id is null or terms.location_id = lot.place_id)
    order by terms.location_id is null, preference
    limit 1
  )
) as price on true
left join lateral (
  select percent from ops.discount
  where lot.is_there and lot.place = 'shelf' and discount.store_id = lot.place_id and discount.product_id = lot.product_id
    and discount.batch_id = lot.batch_id and ended_at is null
  limit 1
) as discount on true
order by lot.expires_on, lot.place_id, lot.product_id, lot.batch_id
