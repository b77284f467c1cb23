-- Live stock and sales. Every rule here is a sum, so the order in which events arrive does not matter.

create table state.stock (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  on_hand numeric not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
comment on table state.stock is 'What should be on hand: all that came, went or was counted, less what was sold.';

create table state.sales_hour (
  store_id text collate "C" not null,
  sale_hour timestamp not null,
  units numeric not null,
  revenue numeric not null,
  returned_units numeric not null,
  returned_revenue numeric not null,
  lines bigint not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, sale_hour)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
comment on table state.sales_hour is 'Sales per store and hour of the store''s clock. Units and revenue are net of returns.';

create table state.sales_day (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  sale_date date not null,
  units numeric not null,
  revenue numeric not null,
  returned_units numeric not null,
  returned_revenue numeric not null,
  lines bigint not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id, sale_date)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
comment on table state.sales_day is 'Sales per store, product and the store''s day. Units and revenue are net of returns.';
