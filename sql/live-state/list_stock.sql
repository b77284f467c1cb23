-- Products of stores with what is there and what it means, as one page. Of one store: all that it has. Of all stores: the $11 with the
-- most money at risk, of those that match; of a product that is given by its number all stores. $1 store, $2 category, $3 supplier, $4 part of a product's name or its number, $5 days of
-- cover at most, $6 probability at least, $7 days until a lot expires at most: null for any. $8 what the list is sorted by;
-- $9 entries at most; $10 the place after which the page begins (sort key, store, product): null for the first.
with item as materialized (
  select store_id, product_id from state.shelf where store_id = $1
  union
  select store_id, product_id from state.stock where store_id = $1
  union
  (
    select risk.store_id, risk.product_id
    from state.stock_out_risk as risk
    where $1::text is null and money_at_risk >= 1
      and (coalesce($2, $4) is null or product_id in (
        select products.product_id from ref.products
        where ($2::text is null or products.category = $2)
          and ($4::text is null or products.product_id = $4 or strpos(lower(products.name), lower($4)) > 0)
      ))
      and ($3::text is null or exists (
        select from ref.supply_terms as terms where terms.product_id = risk.product_id and terms.supplier_id = $3
      ))
    order by money_at_risk desc
    limit $11
  )
  union
  (select store_id, product_id from state.shelf where $1::text is null and product_id = $4 order by store_id limit $11)
  union
  (select store_id, product_id from state.stock where $1::text is null and product_id = $4 order by store_id limit $11)
),
-- Only what the page is filtered and sorted by, in so far as it is: the rest is read for the page.
described as materialized (
  select
    item.store_id,
    item.product_id,
    products.name,
    products.category,
    terms.supplier_id,
    shelf.available,
    shelves.capacity,
    greatest(coalesce(stock.on_hand, shelf.available), 0) as units,
    rate.unit_price,
    price.price,
    greatest(coalesce(stock.on_hand, shelf.available), 0) / nullif(rate.units_per_day, 0) as cover_days,
    risk.probability,
    risk.money_at_risk,
    lot.expires_on - ((select ops.now()) at time zone coalesce(stores.time_zone, 'UTC'))::date as expires_in_days
  from item
  left join ref.products using (product_id)
  left join ref.stores on stores.store_id = item.store_id
  -- One by one, by their keys: a join would read each table of all stores for some thousand items.
  left join lateral (
    select warehouse_id, capacity from ref.shelves as own
    where ($3::text is not null or $8::text = 'fill') and own.store_id = item.store_id and own.product_id = item.product_id
    offset 0
  ) as shelves on true
  left join lateral (
    select available from state.shelf as own
    where ($5::numeric is not null or $8::text in ('cover', 'value', 'fill'))
      and own.store_id = item.store_id and own.product_id = item.product_id
    offset 0
  ) as shelf on true
  left join lateral (
    select on_hand from state.stock as own
    where ($5::numeric is not null or $8::text in ('cover', 'value'))
      and own.store_id = item.store_id and own.product_id = item.product_id
    offset 0
  ) as stock on true
  left join lateral (
    select units_per_day, unit_price from state.sales_rate as own
    where ($5::numeric is not null or $8::text in ('cover', 'value'))
      and own.store_id = item.store_id and own.product_id = item.product_id
    offset 0
  ) as rate on true
  left join lateral (
    select probability, money_at_risk from state.stock_out_risk as own
    where own.store_id = item.store_id and own.product_id = item.product_id
    offset 0
  ) as risk on true
  left join lateral (
    select supplier_id from ref.supply_terms as own
    where $3::text is not null and own.product_id = item.product_id
      and (own.location_id is null or own.location_id = coalesce(shelves.warehouse_id, item.store_id))
    order by own.location_id is null, preference
    limit 1
  ) as terms on true
  left join lateral (
    select price from state.price as own
    where $8::text = 'value' and own.store_id = item.store_id and own.product_id = item.product_id and valid_from <= (select ops.now())
    order by valid_from desc, event_id desc
    limit 1
  ) as price on true
  left join lateral (
    select min(live.expires_on) as expires_on
    from state.shelf_lot_live as live
    where ($7::integer is not null or $8::text = 'expiry') and live.store_id = item.store_id and live.product_id = item.product_id
      and live.on_hand > 0
    -- Keeps the planner from a join, for which it would read the lots of every shelf.
    offset 0
  ) as lot on true
),
matching as materialized (
  select
    *,
    case $8::text
      when 'cover' then coalesce(cover_days, 1e9)
      when 'value' then -coalesce(units * coalesce(price, unit_price), 0)
      when 'expiry' then coalesce(expires_in_days, 1e9)
      when 'fill' then coalesce(available / nullif(capacity, 0), 1e9)
      else -coalesce(money_at_risk, 0)
    end::numeric as sort_key
  from described
  where ($2::text is null or category = $2)
    and ($3::text is null or supplier_id = $3)
    and ($4::text is null or product_id = $4 or strpos(lower(coalesce(name, product_id)), lower($4)) > 0)
    and ($5::numeric is null or cover_days <= $5)
    and ($6::float8 is null or probability >= $6)
    and ($7::integer is null or expires_in_days <= $7)
),
page as materialized (
  select * from matching
  where $10::text[] is null
    or (sort_key, store_id, product_id) > ($10[1]::numeric, $10[2] collate "C", $10[3] collate "C")
  order by sort_key, store_id, product_id
  limit $9
)
select
  page.store_id as "storeId",
  page.product_id as "productId",
  coalesce(page.name, page.product_id) as name,
  page.category,
  terms.supplier_id as "supplierId",
  shelves.shelf_id as "shelfId",
  ops.decimal_text(shelves.capacity) as capacity,
  ops.decimal_text(shelf.available) as available,
  ops.decimal_text(stock.on_hand) as "onHand",
  ops.decimal_text(round(rate.units_per_day, 2)) as "unitsPerDay",
  round(there.units / nullif(rate.units_per_day, 0), 1)::float8 as "coverDays",
  page.probability,
  page.money_at_risk::text as "moneyAtRisk",
  round(there.units * coalesce(price.price, rate.unit_price), 2)::text as value,
  lot.expires_on as "expiresOn",
  lot.expires_on - ((select ops.now()) at time zone coalesce(stores.time_zone, 'UTC'))::date as "expiresInDays",
  stores.currency,
  (select count(*) from matching)::integer as total,
  array[page.sort_key::text, page.store_id, page.product_id] as place
from page
left join ref.stores on stores.store_id = page.store_id
left join lateral (
  select shelf_id, warehouse_id, capacity from ref.shelves as own
  where own.store_id = page.store_id and own.product_id = page.product_id
  offset 0
) as shelves on true
left join lateral (
  select available from state.shelf as own where own.store_id = page.store_id and own.product_id = page.product_id
  offset 0
) as shelf on true
left join lateral (
  select on_hand from state.stock as own where own.store_id = page.store_id and own.product_id = page.product_id
  offset 0
) as stock on true
left join lateral (
  select units_per_day, unit_price from state.sales_rate as own
  where own.store_id = page.store_id and own.product_id = page.product_id
  offset 0
) as rate on true
cross join lateral (select greatest(coalesce(stock.on_hand, shelf.available), 0) as units) as there
left join lateral (
  select supplier_id from ref.supply_terms as own
  where own.product_id = page.product_id
    and (own.location_id is null or own.location_id = coalesce(shelves.warehouse_id, page.store_id))
  order by own.location_id is null, preference
  limit 1
) as terms on true
left join lateral (
  select price from state.price as own
  where own.store_id = page.store_id and own.product_id = page.product_id and valid_from <= (select ops.now())
  order by valid_from desc, event_id desc
  limit 1
) as price on true
left join lateral (
  select min(live.expires_on) as expires_on
  from state.shelf_lot_live as live
  where live.store_id = page.store_id and live.product_id = page.product_id and live.on_hand > 0
  offset 0
) as lot on true
order by page.sort_key, page.store_id, page.product_id
