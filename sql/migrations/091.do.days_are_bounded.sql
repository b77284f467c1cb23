-- Days make partitions, and every partition takes locks and planning time of each statement that reads its table. Events of
-- ever more days must not end the worker, or keep it busy with making partitions that are dropped a minute later.

create function state.days_kept(parent text) returns integer
language sql stable
begin atomic
  select case
    when parent in ('window_event', 'sales_window') then window_days
    when parent = 'sales_hour' then hour_days
    when parent in ('sale_line', 'stock_movement') then line_days
  end
  from ops.window_rules;
end;
comment on function state.days_kept is 'Days behind the watermark for which a table that is partitioned by days keeps its rows (ops.window_rules).';

-- More than any rule keeps by default: pruning is behind, or events are of days that it would drop.
create function state.many_days() returns integer language sql immutable return 400;
comment on function state.many_days is 'Days that a table may have before days that are past what is kept are forgotten at once.';

-- Seven years, more than the longest public replay has; the stack's server has ten times the locks.
create function state.days_max() returns integer language sql immutable return 2500;
comment on function state.days_max is 'Days that a table that is partitioned by days may have: an event of one more is refused.';

create or replace function state.ensure_days(parents text[], dates date[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  parent text;
  day date;
  child text;
  kept_from date;
  days_there integer;
  frontier timestamptz;
begin
  foreach parent in array parents loop
    execute format('lock table only state.%I in row exclusive mode', parent);
    select coalesce(max(forgotten_before), '-infinity') into kept_from from state.retention where table_name = parent;
    -- A store's day lies on up to three days of UTC.
    for day in
      select distinct date + shift from unnest(dates) as date, generate_series(-1, 1) as shift
      where date + shift >= kept_from order by 1
    loop
      continue when day < kept_from;
      child := format('%s_%s', parent, to_char(day, 'YYYY_MM_DD'));
      continue when to_regclass(format('state.%I', child)) is not null;
      perform pg_advisory_xact_lock(731204120);
      continue when exists (select from pg_class where relname = child and relnamespace = 'state'::regnamespace);
      select count(*) into days_there from pg_inherits where inhparent = format('state.%I', parent)::regclass;
      if days_there >= state.many_days() then
        -- As ops.prune_windows does, without dropping what is there.
        select ops.low_watermark('sales_windows', max(active_at)) into frontier
        from ops.stream_watermark where processor = 'sales_windows';
        if day < (frontier at time zone 'UTC')::date - state.days_kept(parent) then
          kept_from := (frontier at time zone 'UTC')::date - state.days_kept(parent);
          insert into state.retention values (parent, kept_from)
          on conflict (table_name) do update
            set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
          continue;
        end if;
      end if;
      if days_there >= state.days_max() then
        raise exception 'state.% has % days, and % would be one more: old days wait to be forgotten (ops.prune_windows)',
          parent, days_there, day;
      end if;
      execute format('create table state.%I (like state.%I including all) with (fillfactor = 80)', child, parent);
      execute format(
        'alter table state.%I attach partition state.%I for values from (%L) to (%L)',
        parent, child, format('%s 00:00:00+00', day), format('%s 00:00:00+00', day + 1)
      );
    end loop;
  end loop;
end;
$$;
comment on function state.ensure_days is
  'Makes the daily partitions that events of the given stores'' days need, except of days that were forgotten, and keeps them from being dropped until the transaction ends. With very many days, days that are past what is kept are forgotten at once; 2,500 is the most.';
revoke execute on function state.days_kept(text), state.many_days(), state.days_max() from public;
