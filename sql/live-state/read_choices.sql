-- What the filters of stock offer, of what the login sees: at most $1 of each.
select
  (
    select coalesce(json_agg(json_build_object('id', store_id, 'name', name) order by store_id), '[]')
    from (
      select store_id, name from ref.stores
      where (select ref.sees_everything()) or store_id in (select ref.visible_store_ids())
      order by store_id limit $1
    ) as own
  ) as stores,
  (
    select coalesce(json_agg(warehouse_id order by warehouse_id), '[]')
    from (select distinct warehouse_id from state.warehouse order by 1 limit $1) as own
  ) as warehouses,
  (
    select coalesce(json_agg(category order by category), '[]')
    from (select distinct category from ref.products where category is not null order by 1 limit $1) as own
  ) as categories,
  (
    select coalesce(json_agg(json_build_object('id', supplier_id, 'name', name) order by name), '[]')
    from (select supplier_id, name from ref.suppliers order by name, supplier_id limit $1) as own
  ) as suppliers
