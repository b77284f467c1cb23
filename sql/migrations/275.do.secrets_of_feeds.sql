-- The secret of a feed stays out of the audit log, sealed as it is.
do $$
declare
  event record;
begin
  for event in
    select * from (values
      ('insert', 'referencing new table as new_rows'),
      ('update', 'referencing old table as old_rows new table as new_rows'),
      ('delete', 'referencing old table as old_rows')
    ) as own (verb, rows)
  loop
    execute format(
      'create or replace trigger audit_%1$s after %1$s on ref.file_feed %2$s for each statement execute function ops.audit_changes(%3$L)',
      event.verb, event.rows, '{"object": "file feed", "key": ["feed_id"], "by": ["changed_by"], "secret": ["secret"], "ignore": ["updated_at"]}'
    );
  end loop;
end;
$$;

comment on column ops.api_position.position is 'since: what was changed before is known. page: the next page of a poll that is under way. greatest: the newest change that it has seen. begun: when it began, by the clock of the API.';
