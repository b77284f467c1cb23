create or replace view bi.dim_product with (security_invoker = true) as
select
  product_key, product_id, name, category, sub_category, department, brand, package_size, supplier_key, unit_cost, cost_currency,
  pack_size, shelf_life_days,
  valid_from at time zone 'UTC' as valid_from,
  valid_to at time zone 'UTC' as valid_to,
  is_current, is_unknown,
  updated_at at time zone 'UTC' as updated_at
from analytics.dim_product;

comment on view bi.dim_product is 'Products with their history: a new version when the name, category, sub-category, department, brand or package size changes. Supplier, cost, pack and shelf life are those of the preferred terms now.';
comment on column bi.dim_product.product_key is 'Surrogate key of this version, analytics.dimension_key(product_id, valid_from).';
comment on column bi.dim_product.product_id is 'The product, as the sources call it.';
comment on column bi.dim_product.name is 'Name for people.';
comment on column bi.dim_product.category is 'Category during this version.';
comment on column bi.dim_product.sub_category is 'Sub-category during this version.';
comment on column bi.dim_product.department is 'Department during this version.';
comment on column bi.dim_product.brand is 'Brand during this version.';
comment on column bi.dim_product.package_size is 'Package size as printed.';
comment on column bi.dim_product.supplier_key is 'The supplier that is preferred now; null without terms.';
comment on column bi.dim_product.unit_cost is 'What a unit costs from this supplier now, in cost_currency; a location may have terms of its own. fact_sales has the cost at each sale.';
comment on column bi.dim_product.cost_currency is 'ISO 4217 code of the supplier''s prices.';
comment on column bi.dim_product.pack_size is 'Units per pack of this supplier.';
comment on column bi.dim_product.shelf_life_days is 'Days from a delivery until the goods expire; null where the terms have none.';
comment on column bi.dim_product.valid_from is 'The version holds from this instant on, UTC; 1900-01-01 for the first.';
comment on column bi.dim_product.valid_to is 'The version holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_product.is_current is 'This is the newest version.';
comment on column bi.dim_product.is_unknown is 'Facts name this product and no catalogue does; its attributes are placeholders.';
comment on column bi.dim_product.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
