-- An action is in the audit log before it is carried out: one that can't be recorded is not done. How it ended is added once, by the
-- person who did it; the web application's login can change nothing else in the log.

create function ops.end_web_action(own_action bigint, how text) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  begin atomic
    update ops.web_action
    set detail = detail || jsonb_build_object('ended', how)
    where action_id = own_action and person = ref.acting_user() and not detail ? 'ended';
  end;
revoke execute on function ops.end_web_action(bigint, text) from public;
grant execute on function ops.end_web_action(bigint, text) to shelfline_app, shelfline_web;
comment on function ops.end_web_action(bigint, text) is 'Adds how an action of the acting person ended, once: `done`, or why it was refused.';
comment on column ops.web_action.detail is
  'What they sent, without secrets, and how it ended; without an end it is under way, or its process ended first.';

alter table ops.sign_in_failure alter column address drop not null;
comment on table ops.sign_in_failure is 'Wrong passwords of the last day, to sign in or to change it: they lock a name and an address for some minutes.';
comment on column ops.sign_in_failure.address is 'Where it came from; null: from a person who was signed in.';
