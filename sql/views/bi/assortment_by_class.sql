create or replace view bi.assortment_by_class with (security_invoker = true) as
select
  month_start, store_key, category, abc_class, products, quantity, net_amount, margin_amount, costed_net_amount,
  updated_at at time zone 'UTC' as updated_at,
  x_products, y_products, z_products
from analytics.assortment_by_class;

comment on view bi.assortment_by_class is 'product_performance summed to store × category × ABC class × month.';
comment on column bi.assortment_by_class.month_start is 'First day of the month.';
comment on column bi.assortment_by_class.store_key is 'Version of the store at the sale.';
comment on column bi.assortment_by_class.category is 'Category at the sale; Unknown where the catalogue has none.';
comment on column bi.assortment_by_class.abc_class is 'As in product_performance.';
comment on column bi.assortment_by_class.products is 'Products of the class.';
comment on column bi.assortment_by_class.quantity is 'Units sold less units returned.';
comment on column bi.assortment_by_class.net_amount is 'Revenue less what was paid back.';
comment on column bi.assortment_by_class.margin_amount is 'Margin of the lines whose cost is known.';
comment on column bi.assortment_by_class.costed_net_amount is 'Their net amount: divide the margin by it.';
comment on column bi.assortment_by_class.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.assortment_by_class.x_products is 'Those of XYZ class X: their weekly sales vary by at most half of their mean.';
comment on column bi.assortment_by_class.y_products is 'Those of class Y: by at most their mean.';
comment on column bi.assortment_by_class.z_products is 'Those of class Z: by more.';
