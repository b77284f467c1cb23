-- What stores are to sell; and below, the risk that a shelf is empty, for reports.
create table ref.sales_target (
  store_id text collate "C" not null,
  target_date date not null,
  net_amount numeric not null,
  is_removed boolean not null,
  is_synthetic boolean not null,
  recorded_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, target_date)
);
create index sales_target_by_day on ref.sales_target (target_date);
comment on table ref.sales_target is 'The revenue that a store is to reach on a day; the newest record of sales_targets.';
comment on column ref.sales_target.is_removed is 'The day no longer has a target.';
comment on column ref.sales_target.recorded_at is 'When the record applies from; a newer one replaces it.';

alter table ref.sales_target enable row level security;
create policy application on ref.sales_target to shelfline_app using (true) with check (true);
create policy own_stores on ref.sales_target for select to bi_reader
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
grant select on ref.sales_target to bi_reader;

-- The risk that a shelf is empty before its next delivery, for reports.
alter policy own_stores on state.stock_out_risk to bi_reader;
grant select on state.stock_out_risk to bi_reader;
