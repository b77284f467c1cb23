-- What administrators do in the web application. Its login may do it only while it speaks for somebody whose role includes it, and under
-- their name.

create policy by_administrators on ref.person for insert to shelfline_web
  with check ((select ref.acting_role()) = 'administrator' and created_by = (select ref.acting_user()));
create policy changed_by_administrators on ref.person for update to shelfline_web
  using ((select ref.acting_role()) = 'administrator') with check ((select ref.acting_role()) = 'administrator');
-- Their role is the one that they had when the statement began.
alter policy own_password on ref.person
  with check (person = (select ref.acting_user()) and role = (select ref.acting_role()) and disabled_at is null);
grant insert (person, role, password_hash, created_by), update (role, disabled_at) on ref.person to shelfline_web;

create policy by_administrators on ref.user_scope to shelfline_web
  using ((select ref.acting_role()) = 'administrator') with check ((select ref.acting_role()) = 'administrator');
grant insert, delete on ref.user_scope to shelfline_web;

do $$
declare
  target text;
begin
  foreach target in array array['ref.notification_route', 'ops.notification', 'ops.notification_cause'] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy by_administrators on %s to shelfline_web using ((select ref.acting_role()) = ''administrator'')', target
    );
    execute format('grant select, insert, update, delete on %s to shelfline_web', target);
  end loop;
end;
$$;
create policy under_their_name on ref.notification_route as restrictive for insert to shelfline_web
  with check (changed_by = (select ref.acting_user()));
create policy changed_under_their_name on ref.notification_route as restrictive for update to shelfline_web
  using (true) with check (changed_by = (select ref.acting_user()));
grant select on ref.alert_audience to shelfline_web;

alter table ref.approver enable row level security;
create policy application on ref.approver to shelfline_app using (true) with check (true);
create policy read_by_all on ref.approver for select to shelfline_web using (true);
create policy by_administrators on ref.approver to shelfline_web
  using ((select ref.acting_role()) = 'administrator')
  with check ((select ref.acting_role()) = 'administrator' and changed_by = (select ref.acting_user()));
grant insert, update, delete on ref.approver to shelfline_web;

-- Policies are changed by events. What a change would do is tried in a transaction that is rolled back, for which the row is written.
alter table ref.policy enable row level security;
create policy application on ref.policy to shelfline_app using (true) with check (true);
create policy read_by_all on ref.policy for select to shelfline_web using (true);
create policy tried_under_their_name on ref.policy for insert to shelfline_web
  with check ((select ref.acting_role()) in ('planner', 'administrator') and changed_by = (select ref.acting_user()));
grant select, insert on ref.policy to shelfline_web;
grant select on ref.replenishment_policy to shelfline_web;
