-- Alerts for those who plan: below safety stock, too much stock, a product that takes off, an order that could still be rushed.
alter table ref.suppliers
  add column expedite_lead_time_days numeric constraint a_rushed_order_is_faster
    check (expedite_lead_time_days > 0 and expedite_lead_time_days <= lead_time_days),
  add column expedite_fee numeric constraint an_expedite_fee_is_no_gift check (expedite_fee >= 0);
comment on column ref.suppliers.expedite_lead_time_days is 'From the request to rush an order until the delivery; null: it can not be rushed.';
comment on column ref.suppliers.expedite_fee is 'What rushing an order costs, in the currency of the supplier; null: nothing.';

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('below_safety_stock', 25, 'restock_alerts', '10 minutes', '30 minutes', 20, 'A store has less of a product than its safety stock.'),
  ('overstock', 261, 'alerts', '1 hour', '1 day', 20, 'A store has more of a product than it will sell in a long time.'),
  ('product_surge', 135, 'alerts', '5 minutes', '1 hour', 20, 'A product suddenly sells far more than usual.'),
  ('expedite', 262, 'alerts', '1 hour', '2 hours', 20, 'An order that arrives too late could still be rushed.');
insert into ref.alert_audience (alert_type, role) values
  ('below_safety_stock', 'store_manager'), ('below_safety_stock', 'planner'),
  ('overstock', 'store_manager'), ('overstock', 'planner'),
  ('product_surge', 'store_manager'), ('product_surge', 'planner'), ('product_surge', 'buyer'),
  ('expedite', 'buyer'), ('expedite', 'planner');
