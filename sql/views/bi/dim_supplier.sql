create or replace view bi.dim_supplier with (security_invoker = true) as
select supplier_key, supplier_id, name, country, lead_time_days, currency, minimum_order_value, is_unknown, updated_at at time zone 'UTC' as updated_at
from analytics.dim_supplier;

comment on view bi.dim_supplier is 'Suppliers as they are now; no history.';
comment on column bi.dim_supplier.supplier_key is 'Surrogate key, analytics.dimension_key(supplier_id, 1900-01-01).';
comment on column bi.dim_supplier.supplier_id is 'The supplier, as the sources call it.';
comment on column bi.dim_supplier.name is 'Name for people.';
comment on column bi.dim_supplier.country is 'Country.';
comment on column bi.dim_supplier.lead_time_days is 'Agreed days from order to delivery.';
comment on column bi.dim_supplier.currency is 'ISO 4217 code of its prices.';
comment on column bi.dim_supplier.minimum_order_value is 'Minimum value of an order, in this currency.';
comment on column bi.dim_supplier.is_unknown is 'Facts name this supplier and no catalogue does; its attributes are placeholders.';
comment on column bi.dim_supplier.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
