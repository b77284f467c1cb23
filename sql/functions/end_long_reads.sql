-- A reader of reports can raise the time limits of its login for itself (`set statement_timeout = 0`, `alter role … set`): PostgreSQL lets every role
-- change such settings. Who ends the session from outside is not asked.
create or replace function ops.end_long_reads(transaction_max interval, waiting_max interval)
  returns table (login text, why text)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  session record;
begin
  for session in
    select
      pid,
      usename::text as reader,
      case
        when xact_start < clock_timestamp() - transaction_max then 'a statement or transaction took longer than ' || transaction_max
        when state like 'idle in transaction%' and state_change < clock_timestamp() - waiting_max
          then 'a transaction waited for longer than ' || waiting_max
      end as reason
    from pg_stat_activity
    join pg_roles on rolname = usename
    where datname = current_database() and backend_type = 'client backend' and not rolsuper
      -- The web application has limits for each of its statements; the owner is a member in order to make readers.
      and usename not in ('shelfline_web', current_user)
      and pg_has_role(usename, 'bi_reader', 'member')
  loop
    continue when session.reason is null;
    continue when not pg_terminate_backend(session.pid);
    perform ops.record_action(
      'end', 'reader session', session.reader, null, jsonb_build_object('why', session.reason)
    );
    login := session.reader;
    why := session.reason;
    return next;
  end loop;
end $$;
comment on function ops.end_long_reads(interval, interval) is 'Ends sessions of readers whose statement or transaction takes longer than they may, whatever they have set for themselves.';
revoke execute on function ops.end_long_reads(interval, interval) from public;
