-- Lets orders be sent to where supplier $1 is now, as $2 confirms. No row: there is no such supplier; not changed: it is confirmed already.
with supplier as (
  select supplier_id, adapter, coalesce(endpoint, '') as endpoint from ref.suppliers where supplier_id = $1
),

confirmed as (
  update ref.supplier_endpoint as own set confirmed_by = $2, confirmed_at = clock_timestamp()
  from supplier
  where own.supplier_id = supplier.supplier_id and own.adapter = supplier.adapter and own.endpoint = supplier.endpoint
    and own.confirmed_by is null
  returning own.endpoint
)

select adapter, endpoint, exists (select from confirmed) as "isChanged" from supplier
