-- Work that failed and is tried again, where whoever it belongs to can see it.

create table ops.activity_retry (
  workflow_id text collate "C" not null,
  run_id text not null,
  activity_id text not null,
  activity text not null,
  attempts integer not null check (attempts > 0),
  first_failed_at timestamptz not null default clock_timestamp(),
  last_failed_at timestamptz not null default clock_timestamp(),
  last_error text not null,
  next_try_at timestamptz not null,
  primary key (workflow_id, run_id, activity_id)
);
create index activity_retry_next on ops.activity_retry (next_try_at);
comment on table ops.activity_retry is
  'Activities of workflows that failed and are tried again: a row from the first failure until one attempt succeeds or none is left.';
comment on column ops.activity_retry.workflow_id is 'The workflow that waits for it.';
comment on column ops.activity_retry.activity_id is 'Temporal''s number of it within the run.';
comment on column ops.activity_retry.activity is 'Its name in the code.';
comment on column ops.activity_retry.attempts is 'How many attempts have failed.';
comment on column ops.activity_retry.first_failed_at is 'When the first of them that is known of failed. All instants by the real clock.';
comment on column ops.activity_retry.last_failed_at is 'When the last one failed.';
comment on column ops.activity_retry.last_error is 'Why; without secrets, at most 1,000 characters.';
comment on column ops.activity_retry.next_try_at is 'When it is tried again; in the past: it is being tried.';

create view ops.activity_retrying as
select
  workflow_id,
  case when workflow_id like 'purchase-order-%' then substr(workflow_id, length('purchase-order-') + 1) end as purchase_order_id,
  activity,
  attempts,
  first_failed_at,
  last_failed_at,
  last_error,
  next_try_at,
  attempts >= 5 as is_alerting
from ops.activity_retry
-- The workflow of an older one was ended from outside: nobody tries it again.
where next_try_at > clock_timestamp() - interval '1 hour';
comment on view ops.activity_retrying is 'Activities that are tried again now.';
comment on column ops.activity_retrying.purchase_order_id is 'The order whose workflow it is; null: it is no order''s.';
comment on column ops.activity_retrying.is_alerting is 'After so many attempts somebody should look.';

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('work_retried', 105, 'alerts', '1 minute', '5 minutes', 20, 'A step of a workflow fails again and again.');
update ops.alert_rule
set meaning = 'A supplier''s delivery is late, short or damaged, or an order or its cancellation has not reached them.'
where alert_type = 'supplier_delay';

comment on table ops.purchase_order is
  'Orders to suppliers, from the draft on; one per supplier, location and day of review that was not cancelled before it was sent.';
