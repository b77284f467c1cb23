-- What the web application's login may do. It is a member of bi_reader, whose policies hold it to the rows of the person that it
-- speaks for; here it gets the tables that `bi` does not show, with policies of the same kind, and what people decide in it. Whoever a row
-- says has decided is the person that it speaks for: the database refuses another name.

grant usage on schema ref, state, ops, analytics to shelfline_web;

-- To sign in and to be known as a worker: nothing of these belongs to a store.
grant select on ref.person to shelfline_web;
grant select, insert, update, delete on ops.web_session, ops.workers to shelfline_web;
grant select, insert, delete on ops.sign_in_failure to shelfline_web;
grant select, insert on ops.web_action to shelfline_web;
grant select on ops.worker_states to shelfline_web;

-- Master data: what stores, products, suppliers and rules there are.
grant select on
  ref.stores, ref.products, ref.suppliers, ref.supply_terms, ref.edit_reason, ref.approval_tier, ref.approver, ref.holidays,
  ref.shelf_policy, ref.warehouse_policy, ref.policy_default, ref.policy_now, ref.location_product,
  ops.alert_rule, ops.assets, ops.clock
to shelfline_web;

-- What belongs to a store, or to a warehouse, which is nobody's store.
do $$
declare
  of_a_place text := '(select ref.sees_everything()) or %I in (select ref.visible_store_ids())';
  target record;
begin
  for target in
    select * from (values
      ('ops.purchase_order', of_a_place, 'location_id'),
      ('ops.restock_plan', of_a_place, 'store_id'),
      ('ops.discount', of_a_place, 'store_id'),
      ('ops.removal', of_a_place, 'place_id'),
      ('ops.cycle_count', of_a_place, 'store_id'),
      ('state.stock_out_risk', of_a_place, 'store_id'),
      ('state.availability', of_a_place, 'store_id')
    ) as own (name, condition, place)
  loop
    execute format('alter table %s enable row level security', target.name);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target.name);
    execute format(
      'create policy own_stores on %s for select to shelfline_web using (' || target.condition || ')', target.name, target.place
    );
    execute format('grant select on %s to shelfline_web', target.name);
  end loop;

  -- What belongs to an order, an alert or a transfer is seen by whoever sees that.
  for target in
    select * from (values
      ('ops.purchase_order_line', 'purchase_order_id', 'ops.purchase_order'),
      ('ops.purchase_order_action', 'purchase_order_id', 'ops.purchase_order'),
      ('ops.alert_action', 'alert_id', 'ops.alert'),
      ('ops.transfer_lot', 'transfer_id', 'ops.transfer_proposal')
    ) as own (name, key, parent)
  loop
    execute format('alter table %s enable row level security', target.name);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target.name);
    execute format(
      'create policy of_what_is_seen on %1$s for select to shelfline_web using (exists (select from %3$s as parent where parent.%2$I = %1$s.%2$I))',
      target.name, target.key, target.parent
    );
    execute format('grant select on %s to shelfline_web', target.name);
  end loop;

  -- How Shelfline itself runs.
  for target in
    select * from (values
      ('ops.stream_controls'), ('ops.topic_logs'), ('ops.check_failures'), ('ops.backfill_plans'), ('ops.backfill_cells'),
      ('ops.stream_skips'), ('ops.unsent_message'), ('ops.relay_problem')
    ) as own (name)
  loop
    execute format('alter table %s enable row level security', target.name);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target.name);
    execute format(
      'create policy everything on %s to shelfline_web using ((select ref.sees_everything())) with check ((select ref.sees_everything()))',
      target.name
    );
    execute format('grant select on %s to shelfline_web', target.name);
  end loop;
end;
$$;

-- bi_reader may read some columns of these.
grant select on ops.alert, ops.dead_letters, ops.partition_ledger, ops.transfer_proposal, state.basket to shelfline_web;

-- These views read with their owner's rights; what they tell of an order or a transfer is who may decide about it.
grant select on ops.purchase_order_approver, ops.transfer_approver, ops.activity_retrying, ops.on_order to shelfline_web;

-- What people decide.
grant update (status, status_by, status_why, snoozed_until, resolved_at, updated_at) on ops.alert to shelfline_web;
create policy decided_by_themselves on ops.alert for update to shelfline_web
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))
  with check (status_by = (select ref.acting_user()));
grant insert on ops.alert_action to shelfline_web;
create policy decided_by_themselves on ops.alert_action for insert to shelfline_web
  with check (acted_by = (select ref.acting_user()) and exists (select from ops.alert where alert.alert_id = alert_action.alert_id));
grant update (state, decided_by, decided_at, reason_code, reason, updated_at, closed_at) on ops.transfer_proposal to shelfline_web;
create policy decided_by_themselves on ops.transfer_proposal for update to shelfline_web
  using ((select ref.sees_everything()) or to_location_id in (select ref.visible_store_ids()))
  with check (decided_by = (select ref.acting_user()));
grant insert, update on ops.stream_controls to shelfline_web;
grant update on ops.dead_letters to shelfline_web;
create policy decided on ops.dead_letters for update to shelfline_web
  using ((select ref.sees_everything())) with check ((select ref.sees_everything()));

-- People change their own password, and nothing else of themselves.
alter table ref.person enable row level security;
create policy application on ref.person to shelfline_app using (true) with check (true);
create policy to_sign_in on ref.person for select to shelfline_web using (true);
grant update (password_hash) on ref.person to shelfline_web;
create policy own_password on ref.person for update to shelfline_web
  using (person = (select ref.acting_user())) with check (person = (select ref.acting_user()));
create policy own_actions on ops.web_action to shelfline_web
  using (person = (select ref.acting_user()) or (select ref.sees_everything())) with check (person = (select ref.acting_user()));
alter table ops.web_action enable row level security;
create policy application on ops.web_action to shelfline_app using (true) with check (true);
