-- Stores, products and orders whose name or number begins with or holds $1, at most $2 of each kind; rows are those that the login sees.
(
  select 'store' as kind, store_id as id, coalesce(name, '') as name
  from ref.stores
  where ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))
    and (starts_with(lower(store_id), lower($1)) or strpos(lower(name), lower($1)) > 0)
  order by store_id
  limit $2
)
union all
(
  select 'product', product_id, coalesce(name, '')
  from ref.products
  where starts_with(lower(product_id), lower($1)) or strpos(lower(name), lower($1)) > 0
  order by product_id
  limit $2
)
union all
(
  select 'order', purchase_order_id, status
  from ops.purchase_order
  where strpos(lower(purchase_order_id), lower($1)) > 0
  order by review_date desc, purchase_order_id
  limit $2
)
