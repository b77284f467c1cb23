-- Takes the oldest messages out of the outbox, $1 at most; when they can't be sent the transaction brings them back.
with taken as (
  delete from ops.outbox
  where outbox_id in (select outbox_id from ops.outbox order by outbox_id limit $1)
  returning outbox_id, topic, key, payload::text, emitted_at
)
select * from taken order by outbox_id
