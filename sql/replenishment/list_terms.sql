-- What supplier $1 sells, by product and location; $2 at most; $3 the terms after which the page begins: null for the first.
select
  terms_id as "termsId", product_id as "productId", products.name as "productName", location_id as "locationId",
  ops.decimal_text(unit_cost) as "unitCost", ops.decimal_text(pack_size) as "packSize", ops.decimal_text(pallet_size) as "palletSize",
  ops.decimal_text(minimum_quantity) as "minimumQuantity", ops.decimal_text(maximum_quantity) as "maximumQuantity",
  shelf_life_days as "shelfLifeDays", preference, delisted_on::text as "delistedOn"
from ref.supply_terms
left join ref.products using (product_id)
where supplier_id = $1 and ($3::text is null or terms_id > $3)
order by terms_id
limit $2
