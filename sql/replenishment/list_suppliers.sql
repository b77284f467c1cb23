-- Suppliers by name, or $1 alone, at most $2, with what they sell and which orders are open.
select
  supplier_id as "supplierId", name, country, adapter, contact_email as "contactEmail", order_weekdays as "orderWeekdays",
  to_char(cut_off, 'HH24:MI') as "cutOff", time_zone as "timeZone", ops.decimal_text(lead_time_days) as "leadTimeDays",
  ops.decimal_text(minimum_order_value) as "minimumOrderValue", currency, updated_at as "updatedAt",
  (select count(distinct product_id)::integer from ref.supply_terms as terms where terms.supplier_id = supplier.supplier_id) as products,
  (
    select count(*)::integer
    from ops.purchase_order
    where purchase_order.supplier_id = supplier.supplier_id and status not in ('closed', 'denied', 'expired', 'cancelled')
  ) as "openOrders",
  exists (
    select from ref.supplier_endpoint as own
    where own.supplier_id = supplier.supplier_id and own.adapter = supplier.adapter and own.endpoint = coalesce(supplier.endpoint, '')
      and own.confirmed_at is not null
  ) as "isConfirmed"
from ref.suppliers as supplier
where $1::text is null or supplier_id = $1
order by name, supplier_id
limit $2
