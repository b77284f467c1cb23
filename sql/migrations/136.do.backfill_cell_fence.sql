-- A cell that has been built or has failed is not started again by another attempt of the same work (sql/ledger/start_run.sql).

create function ops.cell_is_planned(plan text, asset text, date date) returns boolean
  language sql volatile
  return exists (
    select from ops.backfill_cells as cell
    where cell.plan = cell_is_planned.plan and cell.asset = cell_is_planned.asset and cell.date = cell_is_planned.date
      and cell.status = 'planned'
  );
comment on function ops.cell_is_planned is
  'Whether a cell of a backfill is still to build. Volatile: a statement that has waited for a lock sees what was committed meanwhile.';
