-- What a person asks of an order is written here by the program that has authenticated them; the Update of the order's workflow names
-- the row, and the step takes the person from it. An Update without a row is nobody's: the Temporal Web UI can approve nothing.

create table ops.order_decision (
  decision_id uuid primary key,
  purchase_order_id text collate "C" not null references ops.purchase_order,
  step text not null,
  input jsonb not null,
  person text not null check (person not in ('', 'shelfline')),
  proof text not null default ops.acting() ->> 'proof',
  via text not null default ops.acting() ->> 'via',
  asked_at timestamptz not null default clock_timestamp(),
  taken_at timestamptz,
  taken_by text,
  constraint what_is_taken_has_a_time check ((taken_at is null) = (taken_by is null))
);
create index order_decision_order on ops.order_decision (purchase_order_id);
comment on table ops.order_decision is 'Decisions about orders as they were asked for, each by a person who was authenticated.';
comment on column ops.order_decision.decision_id is 'What the Update of the workflow names.';
comment on column ops.order_decision.input is 'What was asked: an Update with another input is refused.';
comment on column ops.order_decision.proof is 'How the person is known, as in ops.audit.';
comment on column ops.order_decision.taken_by is 'The Update that carried it out: no other can.';

alter table ops.order_decision enable row level security;
create policy application on ops.order_decision to shelfline_app using (true) with check (true);
create policy asked_by_themselves on ops.order_decision for insert to shelfline_web with check (
  person = (select ref.acting_user()) and taken_by is null
  and exists (select from ops.purchase_order where purchase_order.purchase_order_id = order_decision.purchase_order_id)
);
grant insert on ops.order_decision to shelfline_web;
