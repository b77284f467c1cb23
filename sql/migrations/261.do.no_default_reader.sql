-- The login `bi_reader` saw everything from the start, on every server. Now who sets a server up grants it, or better makes a login for each
-- person; `./scripts/run` grants it on one machine. A database that has been in use keeps what it has.
delete from ref.user_scope where user_name = 'bi_reader' and not exists (select from ops.stream_offsets);
