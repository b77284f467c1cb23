-- Forgets the keys of erased customers when Kafka has no message of theirs left, and by what they were found.
with over as (
  select distinct lookup from ops.customer_erasure
  where lookup is not null
    and not exists (
      select from ops.customer_erasure as other
      where other.lookup = customer_erasure.lookup and (other.kafka_until > now() or other.finished_at is null)
    )
),
forgotten as (
  update ops.customer_erasure set lookup = null where lookup in (select lookup from over)
)
delete from ref.customer_key where erased_at is not null and lookup in (select lookup from over)
