-- Not a rule: the currency of an alert's impact.
create or replace function ops.alert_currency(alert ops.alert) returns text
language sql stable
return coalesce(
  alert.evidence ->> 'currency',
  (select stores.currency from ref.stores where stores.store_id = alert.store_id)
);
comment on function ops.alert_currency is
  'The currency of an alert''s impact: the currency in its evidence (an order, a warehouse), else that of the store; null if unknown.';
