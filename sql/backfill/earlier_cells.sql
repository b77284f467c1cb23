-- Whether cells of the days before that a partition reads are still to build. $1 plan, $2 asset, $3 date, $4 days
select exists (
  select from ops.backfill_cells
  where plan = $1 and asset = $2 and date >= $3::date - $4::integer and date < $3::date and status = 'planned'
) as open
