-- Which person commands act as when a user of a machine runs them without a login.
create table ref.machine_user (
  machine_user text primary key check (machine_user ~ '^[^[:space:]@/]+@[^[:space:]@/]+$'),
  person text not null references ref.person on delete cascade,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp()
);
comment on table ref.machine_user is 'Users of machines and the people that they are; others act under their own name, and approve nothing.';
comment on column ref.machine_user.machine_user is 'Such as `ann@desk`: the user, and the name of the machine.';

create trigger audit_insert after insert on ref.machine_user referencing new table as new_rows
  for each statement execute function ops.audit_changes('{"object": "machine user", "key": ["machine_user"], "by": ["changed_by"], "ignore": ["changed_at"]}');
create trigger audit_delete after delete on ref.machine_user referencing old table as old_rows
  for each statement execute function ops.audit_changes('{"object": "machine user", "key": ["machine_user"], "by": ["changed_by"], "ignore": ["changed_at"]}');
