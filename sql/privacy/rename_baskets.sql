-- Gives the baskets of customers another name: $1 the names until now, $2 the day of each, $3 the new name of each. Where events of that
-- day have come under the new name already, the two are one: the shelf's units that were sold without a pickup are what they are of the sum.
with renamed as (
  select known, day, name from unnest($1::text[], $2::date[], $3::text[]) as renamed (known, day, name)
),
old_basket as (
  delete from state.basket using renamed
  where basket.customer_id = renamed.known and basket.visit_date = renamed.day
  returning basket.*, renamed.name
),
basket as (
  insert into state.basket as basket (
    visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at, taken_at, lost, lost_at
  )
  select
    visit_date, store_id, product_id, name, sum(picked), sum(sold), max(last_pick_at), max(last_event_at), max(taken_at), sum(lost),
    max(lost_at)
  from old_basket
  group by visit_date, store_id, product_id, name
  order by visit_date, store_id, product_id, name
  on conflict (visit_date, store_id, product_id, customer_id) do update set
    picked = basket.picked + excluded.picked,
    sold = basket.sold + excluded.sold,
    last_pick_at = greatest(basket.last_pick_at, excluded.last_pick_at),
    last_event_at = greatest(basket.last_event_at, excluded.last_event_at),
    lost = basket.lost + excluded.lost
  returning store_id, product_id, new.unpicked - coalesce(old.unpicked, 0) as unpicked
),
change as (
  select store_id, product_id, sum(unpicked) as unpicked
  from (
    select store_id, product_id, unpicked from basket
    union all
    select store_id, product_id, -unpicked from old_basket
  ) as both_sides
  group by store_id, product_id
  having sum(unpicked) <> 0
),
shelf as (
  update state.shelf set unpicked_sales = shelf.unpicked_sales + change.unpicked
  from change
  where shelf.store_id = change.store_id and shelf.product_id = change.product_id
)
select count(*) as rows from old_basket
