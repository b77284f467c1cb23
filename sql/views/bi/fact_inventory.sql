create or replace view bi.fact_inventory with (security_invoker = true) as
select
  inventory_date, store_key, product_key, opening_quantity, received_quantity, sold_quantity, adjusted_quantity,
  closing_quantity, is_synthetic,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_inventory;

comment on view bi.fact_inventory is 'Stock of one product in one store over one day: opening + received − sold + adjusted = closing.';
comment on column bi.fact_inventory.inventory_date is 'The store''s day.';
comment on column bi.fact_inventory.store_key is 'Version of the store that held at the end of the day.';
comment on column bi.fact_inventory.product_key is 'Version of the product that held at the end of the day.';
comment on column bi.fact_inventory.opening_quantity is 'Units on hand when the day began.';
comment on column bi.fact_inventory.received_quantity is 'Units that came by delivery or transfer; transfers out are negative.';
comment on column bi.fact_inventory.sold_quantity is 'Units sold less units returned, from the till.';
comment on column bi.fact_inventory.adjusted_quantity is 'Units that counts, adjustments and waste added (positive) or removed (negative).';
comment on column bi.fact_inventory.closing_quantity is 'Units on hand when the day ended. Semi-additive: sum over stores and products, not over days.';
comment on column bi.fact_inventory.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column bi.fact_inventory.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
