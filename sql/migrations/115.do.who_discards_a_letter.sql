-- Who closed a dead letter for good, and why; null for those that were closed before.
alter table ops.dead_letters
  add column settled_by text,
  add column settled_why text;
