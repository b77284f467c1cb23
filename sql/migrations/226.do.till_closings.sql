-- What tills report at the end of their day, compared with what is loaded (sql/views/bi/till_reconciliation.sql,
-- sql/alerts/till_difference.sql).
alter table analytics.fact_sales add column till_id text;

create table ops.till_closing (
  sold_on date not null,
  store_id text collate "C" not null,
  till_id text collate "C" not null,
  lines integer not null check (lines >= 0),
  net_amount numeric(24, 6) not null,
  closed_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (sold_on, store_id, till_id)
);
comment on table ops.till_closing is 'What each till has sold on a day, by its own count.';
comment on column ops.till_closing.sold_on is 'The store''s day.';
comment on column ops.till_closing.lines is 'Sale lines, returns among them.';
comment on column ops.till_closing.net_amount is 'What was paid for them.';
comment on column ops.till_closing.closed_at is 'When the till counted; the newest count applies.';
comment on column ops.till_closing.updated_at is 'When the count arrived.';

alter table ops.till_closing enable row level security;
create policy application on ops.till_closing to shelfline_app using (true) with check (true);
create policy own_stores on ops.till_closing for select to bi_reader
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
grant select on ops.till_closing to bi_reader;

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('till_difference', 148, 'alerts', '10 minutes', '30 minutes', 20, 'A till has reported other sales than are loaded.');
insert into ref.alert_audience (alert_type, role) values
  ('till_difference', 'store_manager'), ('till_difference', 'data_engineer');
