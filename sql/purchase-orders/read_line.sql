-- A line with the pack that its supplier delivers it in. $1: the order, $2: the line.
select
  line.product_id,
  line.quantity::text as quantity,
  line.proposed_quantity::text as proposed_quantity,
  coalesce(terms.pack_size, 1)::text as pack_size,
  $3::numeric % coalesce(terms.pack_size, 1) = 0 as is_whole_packs,
  $3::numeric = line.quantity as is_same,
  (floor($3::numeric / coalesce(terms.pack_size, 1)) * coalesce(terms.pack_size, 1))::text as below,
  (ceil($3::numeric / coalesce(terms.pack_size, 1)) * coalesce(terms.pack_size, 1))::text as above
from ops.purchase_order_line as line
join ops.purchase_order as orders using (purchase_order_id)
left join lateral (
  select pack_size from ref.supply_terms as terms
  where terms.supplier_id = orders.supplier_id and terms.product_id = line.product_id
    and (terms.location_id is null or terms.location_id = orders.location_id)
  order by terms.location_id nulls last limit 1
) as terms on true
where line.purchase_order_id = $1 and line.line_no = $2
