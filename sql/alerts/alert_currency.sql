-- Not a rule: the money that an alert's impact is in.
create or replace function ops.alert_currency(alert ops.alert) returns text
language sql stable
return coalesce(
  alert.evidence ->> 'currency',
  (select stores.currency from ref.stores where stores.store_id = alert.store_id)
);
comment on function ops.alert_currency is
  'The currency of an alert''s impact: the one that it names (an order''s, a warehouse''s), else the store''s; null: not known.';
