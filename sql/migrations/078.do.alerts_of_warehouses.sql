-- Alerts about warehouses: plans that their suppliers did not keep, and what they have none of; phantom stock by scales.

create index supplier_plan_of_product on ops.supplier_plan (warehouse_id, product_id, planned_at);

update ops.alert_rule
set
  meaning = 'A supplier''s delivery is late, short or damaged, never came, or an order has not reached him.',
  group_from = 20
where alert_type = 'supplier_delay';

-- Every scale is looked at: a minute more or less does not matter there.
update ops.alert_rule
set meaning = 'A shelf should hold goods, and does not: somebody should count it.', every = '5 minutes'
where alert_type = 'phantom_stock';
