-- Compares the causes that hold now with the open alerts: new causes open alerts, known ones update them, absent ones
-- resolve them.
-- Reads: what the rules in sql/alerts/ read. Writes: ops.alert, ops.cycle_count. Sends: `alerts`, `restock_alerts` when
-- an alert opens.
-- Rules: one unresolved alert per cause (dedup key). An alert whose cause is absent for the rule's resolve_after is
-- resolved. When a store has at least group_from causes of a rule, one alert replaces all of them; it is resolved when
-- fewer than half as many are left. Alerts that a person has acknowledged or snoozed are not replaced. A snoozed alert
-- opens again if its cause still holds. Places ahead of a simulated clock are skipped. At most limit_rows new alerts
-- per rule, the highest impact first. A rule that fails does not stop the others: its alerts stay as they are, and
-- ops.alert_rule has the error.
create or replace function ops.observe_alerts(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  rule ops.alert_rule;
  changed bigint;
  total bigint := 0;
begin
  perform ops.lock_job('observe_alerts');
  for rule in
    select * from ops.alert_rule
    where last_as_of is null or as_of >= last_as_of + every or as_of < last_as_of or last_error is not null
    order by position
  loop
    begin
      changed := ops.observe_rule(rule, as_of, limit_rows);
      total := total + changed;
    exception when others then
      update ops.alert_rule
      set last_as_of = as_of, last_error = left(sqlstate || ' ' || sqlerrm, 1000)
      where alert_type = rule.alert_type;
    end;
  end loop;
  return total + ops.request_counts(as_of, limit_rows);
end
$$;
comment on function ops.observe_alerts is
  'Compares the causes that hold now with the open alerts: new causes open alerts, known ones update them, absent ones resolve them.';

create or replace function ops.observe_rule(rule ops.alert_rule, as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  started_at constant timestamptz := clock_timestamp();
  changed bigint;
  causes bigint;
begin
  execute format($statement$
    with cause as materialized (
      select found.*, concat_ws('/', $1.alert_type, store_id, nullif(found.cause, '')) as dedup_key
      from ops.%I($2) as found
      where store_id not in (select ops.places_ahead())
    ),
    known as materialized (
      select alert_id, dedup_key, status, members, snoozed_until, last_seen
      from ops.alert where alert_type = $1.alert_type and status <> 'resolved'
    ),
    crowded as materialized (
      select
        store_id,
        concat_ws('/', $1.alert_type, store_id, '*') as dedup_key,
        count(*) as holding,
        count(*) filter (where opens) as opening,
        max(array_position(array['info', 'warning', 'critical'], severity)) as severity,
        sum(impact) as impact,
        sum(recommended_quantity) as recommended_quantity
      from cause
      where $1.group_from is not null and not exists (
        select from known
        where known.dedup_key = cause.dedup_key and known.status in ('acknowledged', 'snoozed')
      )
      group by store_id
      having count(*) filter (where opens) >= $1.group_from
        or (
          count(*) * 2 >= $1.group_from
          and exists (select from known where known.dedup_key = concat_ws('/', $1.alert_type, store_id, '*'))
        )
    ),
    holding as materialized (
      select dedup_key, store_id, product_id, severity, impact, message, evidence, recommended_quantity, 1 as members, opens
      from cause
      where store_id not in (select store_id from crowded)
        or exists (
          select from known
          where known.dedup_key = cause.dedup_key and known.status in ('acknowledged', 'snoozed')
        )
      union all
      select
        dedup_key, store_id, null, (array['info', 'warning', 'critical'])[severity], impact,
        format('%%s causes at once: %%s', holding, ops.alert_meaning($1)),
        jsonb_build_object('causes', holding, 'dearest', (
          select jsonb_agg(jsonb_build_object('product_id', product_id, 'impact', impact::text, 'message', message))
          from (
            select product_id, impact, message from cause
            where cause.store_id = crowded.store_id
            order by impact desc nulls last, cause limit 10
          ) as dearest
        )),
        recommended_quantity, holding::integer, true
      from crowded
    ),
    seen as (
      update ops.alert
      set
        last_seen = greatest(alert.last_seen, $2),
        severity = holding.severity,
        impact = holding.impact,
        message = left(holding.message, 200),
        evidence = holding.evidence,
        recommended_quantity = holding.recommended_quantity,
        members = holding.members,
        status = case when alert.status = 'snoozed' and alert.snoozed_until <= $2 then 'open' else alert.status end,
        snoozed_until = case when alert.status = 'snoozed' and alert.snoozed_until > $2 then alert.snoozed_until end,
        updated_at = clock_timestamp()
      from holding
      where alert.dedup_key = holding.dedup_key and alert.status <> 'resolved'
      returning old.status as status_before, new.status as status_after
    ),
    opened as (
      insert into ops.alert as alert (
        dedup_key, alert_type, store_id, product_id, severity, impact, message, evidence, recommended_quantity, members,
        first_seen, last_seen
      )
      select
        dedup_key, $1.alert_type, store_id, product_id, severity, impact, left(message, 200), evidence,
        recommended_quantity, members, $2, $2
      from holding
      where opens and not exists (select from known where known.dedup_key = holding.dedup_key)
      order by impact desc nulls last, dedup_key
      limit $3
      on conflict do nothing
      returning *
    ),
    gone as (
      update ops.alert
      set
        status = 'resolved',
        resolved_at = $2,
        snoozed_until = null,
        status_by = null,
        status_why = case when alert.store_id in (select store_id from crowded) then 'replaced by a group alert' else 'cause resolved' end,
        updated_at = clock_timestamp()
      where alert.alert_type = $1.alert_type and alert.status <> 'resolved'
        and not exists (select from holding where holding.dedup_key = alert.dedup_key)
        and (
          alert.last_seen <= $2 - $1.resolve_after
          or (
            alert.product_id is not null and alert.store_id in (select store_id from crowded)
            and exists (select from cause where cause.dedup_key = alert.dedup_key)
          )
        )
      returning alert_id
    ),
    published as materialized (
      select ops.emit(
        $1.topic,
        store_id,
        ops.envelope(
          ops.decision_id('alert', dedup_key, extract(epoch from first_seen)::text), store_id, $2, 1
        ) || jsonb_strip_nulls(jsonb_build_object(
          'alert_id', alert_id::text,
          'product_id', product_id,
          'alert_type', alert_type,
          'severity', severity,
          'message', message,
          'recommended_quantity', case when $1.topic = 'restock_alerts'
            then ops.decimal_text(greatest(coalesce(recommended_quantity, 0), 0)) end
        ))
      )
      from (select * from opened order by impact desc nulls last, dedup_key) as opened
    )
    select
      (select count(*) from published) + (select count(*) from gone)
        + (select count(*) from seen where status_before <> status_after),
      (select count(*) from cause)
  $statement$, 'alert_' || rule.alert_type)
  into changed, causes
  using rule, as_of, limit_rows;
  update ops.alert_rule
  set last_as_of = as_of, last_causes = causes, last_error = null,
    last_ms = round(extract(epoch from clock_timestamp() - started_at) * 1000, 1)
  where alert_type = rule.alert_type;
  return changed;
end
$$;
comment on function ops.observe_rule is 'Evaluates one rule for ops.observe_alerts.';

-- A count is requested once; the count, or a sale that proves that there are goods, closes the request.
create or replace function ops.request_counts(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint;
begin
  update ops.cycle_count as task
  set closed_at = as_of, outcome = case when shelf.corrected <> task.corrected_before then 'counted' else 'no longer needed' end
  from state.shelf
  where task.closed_at is null and shelf.store_id = task.store_id and shelf.product_id = task.product_id
    and (
      shelf.corrected <> task.corrected_before
      or not exists (
        select from ops.alert
        where alert_type = 'phantom_stock' and status <> 'resolved'
          and alert.store_id = task.store_id and coalesce(alert.product_id, task.product_id) = task.product_id
      )
    );
  get diagnostics total = row_count;
  insert into ops.cycle_count (store_id, product_id, shelf_id, expected, corrected_before, reason, opened_at)
  select alert.store_id, alert.product_id, shelves.shelf_id, shelf.available, shelf.corrected, alert.message, as_of
  from ops.alert
  join state.shelf using (store_id, product_id)
  left join ref.shelves using (store_id, product_id)
  where alert.alert_type = 'phantom_stock' and alert.status = 'open'
    and not exists (
      select from ops.cycle_count as task
      where task.store_id = alert.store_id and task.product_id = alert.product_id and task.opened_at >= alert.first_seen
    )
  order by alert.impact desc nulls last, alert.alert_id
  limit limit_rows
  on conflict do nothing;
  get diagnostics changed = row_count;
  return total + changed;
end
$$;
comment on function ops.request_counts is 'Requests a count of each shelf with phantom stock, and closes requests that are done.';
