-- Deletes old rows, so that the live state stays small.
-- Reads and writes: state.basket, state.shelf_lot, state.warehouse_lot, ops.restock_plan (with its picks),
-- ops.supplier_plan, ops.discount, ops.markdown_plan, ops.removal, ops.cycle_count, ops.alert, ops.anomaly,
-- ops.transfer_proposal (a year), ops.unsent_message, ops.lineage_outbox, and the windows (ops.prune_windows). Sends: nothing.
-- Rules: baskets 8 days (a day longer than Kafka keeps the events that may still change them), used-up lots 3 days,
-- done plans 3 days, the rest 30 days. The whole history is in the lake. At most limit_rows rows per table and run.
create or replace function ops.prune(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint := 0;
  kept record;
begin
  perform ops.lock_job('prune');
  total := state.forget_baskets((as_of - interval '8 days')::date, limit_rows)
    + state.forget_lots((as_of - interval '3 days')::date, limit_rows);
  total := total + (select coalesce(sum(forgotten), 0) from ops.prune_windows(as_of, limit_rows));
  for kept in
    select * from (values
      ('restock_plan', 'closed_at', interval '3 days'),
      ('supplier_plan', 'closed_at', interval '30 days'),
      ('discount', 'ended_at', interval '30 days'),
      ('markdown_plan', 'planned_at', interval '30 days'),
      ('removal', 'applied_at', interval '30 days'),
      ('cycle_count', 'closed_at', interval '30 days'),
      ('alert', 'resolved_at', interval '30 days'),
      ('anomaly', 'sold_at', interval '30 days'),
      ('transfer_proposal', 'closed_at', interval '1 year'),
      ('unsent_message', 'settled_at', interval '30 days'),
      ('lineage_outbox', 'created_at', interval '30 days')
    ) as tables (name, closed, age)
  loop
    execute format(
      'delete from ops.%1$I where ctid = any (array(select ctid from ops.%1$I where %2$I < $1 order by %2$I limit $2))',
      kept.name, kept.closed
    ) using as_of - kept.age, limit_rows;
    get diagnostics changed = row_count;
    total := total + changed;
  end loop;
  return total;
end
$$;
comment on function ops.prune is 'Deletes old rows, so that the live state stays small.';
