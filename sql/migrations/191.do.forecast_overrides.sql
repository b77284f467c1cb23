-- What people expect to sell in place of the forecast. The forecast itself is never changed: orders and pages lay the newest override that is
-- in force over it.
create table ops.forecast_override (
  override_id bigint generated always as identity primary key,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  from_date date not null,
  to_date date not null,
  quantity numeric constraint a_quantity_is_possible check (quantity >= 0 and quantity < 1e9),
  factor numeric constraint a_factor_is_possible check (factor >= 0 and factor <= 100),
  reason text not null,
  expires_on date not null,
  created_by text not null,
  created_at timestamptz not null,
  withdrawn_by text,
  withdrawn_at timestamptz,
  withdrawn_reason text,
  constraint a_quantity_or_a_factor check (num_nonnulls(quantity, factor) = 1),
  constraint days_are_in_order check (from_date <= to_date and to_date - from_date < 92),
  constraint who_withdrew_is_known check ((withdrawn_at is null) = (withdrawn_by is null))
);
create index forecast_override_series on ops.forecast_override (product_id, store_id, to_date);
comment on table ops.forecast_override is
  'What people expect a product to sell in a store in place of its forecast. Of several for a day the newest that is in force applies; it is laid over the forecast, which stays as it is.';
comment on column ops.forecast_override.from_date is 'First day, of the store.';
comment on column ops.forecast_override.to_date is 'Last day; at most 92 days in all.';
comment on column ops.forecast_override.quantity is 'Units a day in place of the forecast; null: the factor applies.';
comment on column ops.forecast_override.factor is 'What the forecast is multiplied by; null: the quantity applies.';
comment on column ops.forecast_override.reason is 'Why.';
comment on column ops.forecast_override.expires_on is 'Last day on which plans use it.';
comment on column ops.forecast_override.created_at is 'By the business clock.';
comment on column ops.forecast_override.withdrawn_at is 'From then on no plan uses it; by the business clock.';

alter table ops.forecast_override enable row level security;
create policy application on ops.forecast_override to shelfline_app using (true) with check (true);
create policy own_stores on ops.forecast_override for select to bi_reader
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
create policy made_by_themselves on ops.forecast_override for insert to shelfline_web
  with check (
    created_by = (select ref.acting_user()) and withdrawn_at is null
    and (select ref.acting_role()) in ('regional_manager', 'buyer', 'planner', 'administrator')
    and ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))
  );
create policy withdrawn_by_themselves on ops.forecast_override for update to shelfline_web
  using (
    withdrawn_at is null
    and (select ref.acting_role()) in ('regional_manager', 'buyer', 'planner', 'administrator')
    and ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))
  )
  with check (withdrawn_by = (select ref.acting_user()));
grant select on ops.forecast_override to bi_reader, shelfline_web;
grant insert, update (withdrawn_by, withdrawn_at, withdrawn_reason) on ops.forecast_override to shelfline_web;

-- What was sold is compared with both.
create policy own_stores_of_readers on state.sales_day for select to bi_reader
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
grant select (store_id, product_id, sale_date, units) on state.sales_day to bi_reader;
