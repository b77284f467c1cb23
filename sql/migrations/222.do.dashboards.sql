-- What Grafana's login may read: the views of `bi`, of every store, as a member of bi_reader; and here what they do not show of how
-- Shelfline itself runs. Its limits are set where the role is made.

insert into ref.user_scope (user_name, scope) values ('dashboard_reader', 'all') on conflict do nothing;

grant usage on schema ops to dashboard_reader;
grant select (kind, host, version, started_at, last_seen_at, stopped_at) on ops.workers to dashboard_reader;
grant select (plan, from_date, to_date, status, planned_at, applied_at, finished_at) on ops.backfill_plans to dashboard_reader;
grant select (plan, status) on ops.backfill_cells to dashboard_reader;
grant select (purchase_order_id, supplier_id, location_id, status, currency, total_value, created_at, updated_at, waits_since, sent_at)
  on ops.purchase_order to dashboard_reader;
grant select (purchase_order_id, action, acted_at) on ops.purchase_order_action to dashboard_reader;
grant select (model_name, version, created_at, trained_through, training_rows, duration_ms, decision) on ops.model_version
  to dashboard_reader;
grant select (model_name, alias, version, changed_at) on ops.model_alias_log to dashboard_reader;
grant select (job, position, last_finished_at, last_ms, failures) on ops.minute_job to dashboard_reader;

create policy dashboards on ops.backfill_plans for select to dashboard_reader using (true);
create policy dashboards on ops.backfill_cells for select to dashboard_reader using (true);
create policy dashboards on ops.purchase_order for select to dashboard_reader using (true);
create policy dashboards on ops.purchase_order_action for select to dashboard_reader using (true);
