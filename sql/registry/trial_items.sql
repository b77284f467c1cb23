-- Series that a trained model is tried on: all of them, or a draw by a hash of their key, so that the same are drawn again.
-- {where}: which rows of the view `target_day`; {items_max}: how many at most; {seed}.
create or replace temp table trial_item as
select store_id, product_id, (row_number() over (order by store_id, product_id) - 1)::integer as item
from (
  select store_id, product_id
  from (select distinct store_id, product_id from target_day where {where})
  order by hash(store_id, product_id, {seed}), store_id, product_id
  limit {items_max}
)
