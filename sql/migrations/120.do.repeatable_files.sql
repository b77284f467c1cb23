-- What `shelfline migrate` puts in place as it is now (views of bi, functions of jobs and alerts, comments), so that a file that
-- has not changed takes no lock on what people read.
create table ops.repeatable_files (
  file text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);
comment on table ops.repeatable_files is 'The files of sql/ that are put in place again whenever they change, as they were when they were last.';
comment on column ops.repeatable_files.file is 'Path below sql/.';
comment on column ops.repeatable_files.checksum is 'SHA-256 of its text, in hexadecimal.';
comment on column ops.repeatable_files.applied_at is 'When it was put in place.';
revoke all on ops.repeatable_files from shelfline_app;
