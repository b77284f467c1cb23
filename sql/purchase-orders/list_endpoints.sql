-- Suppliers whose orders are not sent, because where they are sent to has changed and no one has confirmed it: at most $1.
select supplier.supplier_id as "supplierId", supplier.name, supplier.adapter, own.endpoint, own.told_at as "toldAt"
from ref.suppliers as supplier
join ref.supplier_endpoint as own
  on own.supplier_id = supplier.supplier_id and own.adapter = supplier.adapter and own.endpoint = coalesce(supplier.endpoint, '')
where own.confirmed_at is null
order by own.told_at
limit $1
