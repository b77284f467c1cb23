-- How many shelves, products of warehouses or products of locations have which value now, of the values $2 of policies of kind $1.
with held as (
  select to_jsonb(shelf_policy) as row from ref.shelf_policy where $1 = 'shelf'
  union all
  select to_jsonb(warehouse_policy) from ref.warehouse_policy where $1 = 'warehouse'
  union all
  select to_jsonb(replenishment_policy) from ref.replenishment_policy where $1 = 'replenishment'
)

select name, row ->> name as value, count(*)::integer as items
from held
cross join unnest($2::text[]) as name
group by name, value
order by name, items desc, value
