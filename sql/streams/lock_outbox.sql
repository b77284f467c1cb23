-- One worker at a time sends: two would mix up the order.
select pg_try_advisory_xact_lock(hashtextextended('ops.outbox', 0)) as is_mine
