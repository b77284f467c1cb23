-- The limits beyond which a day differs from its own past. People change them with `shelfline quality limit`.
create table ops.quality_limit (
  measure text primary key,
  score_max numeric not null check (score_max > 0),
  change_min numeric not null check (change_min >= 0),
  is_share boolean not null,
  days_min integer not null check (days_min >= 3),
  meaning text not null,
  changed_by text,
  why text,
  updated_at timestamptz not null default now()
);
comment on table ops.quality_limit is 'When a measure of a day is unusual: its score and its change are both above their limits.';
comment on column ops.quality_limit.score_max is 'Distance from the median of the past, in standard deviations: those of the past, or those that counting alone gives if they are larger.';
comment on column ops.quality_limit.change_min is 'Difference from the median: of a share as it is, else as a part of the median. What is smaller matters to no one.';
comment on column ops.quality_limit.is_share is 'The measure is a share, from 0 to 1.';
comment on column ops.quality_limit.days_min is 'Days of the past that are needed; with fewer there is no judgement.';
insert into ops.quality_limit (measure, score_max, change_min, is_share, days_min, meaning) values
  ('lines', 6, 0.3, false, 4, 'Sale lines of a store.'),
  ('lines_per_transaction', 6, 0.2, false, 4, 'Sale lines of a store in a transaction.'),
  ('amount_per_line', 6, 0.2, false, 4, 'Revenue of a sale line of a store.'),
  ('return_share', 6, 0.05, true, 4, 'Share of the lines of a store that take goods back.'),
  ('discount_share', 6, 0.1, true, 4, 'Share of the list price that was taken off in a store.'),
  ('unknown_cost_share', 6, 0.1, true, 4, 'Share of the revenue of a store whose cost is not known.'),
  ('hours_moved', 6, 0.15, true, 4, 'Share of the lines of a store that were sold in other hours than usual.'),
  ('rows', 6, 0.3, false, 7, 'Rows of a partition of an asset.'),
  ('built_after_hours', 6, 0.1, false, 7, 'Hours from the end of a day until the partition of an asset was built.');
create trigger audit_update after update on ops.quality_limit
  referencing old table as old_rows new table as new_rows for each statement
  execute function ops.audit_changes('{"object": "quality limit", "key": ["measure"], "by": ["changed_by"], "ignore": ["updated_at"]}');
