-- The keys of customers ($1: their lookups), and how many erasures there have been: one moment for both. Without keys one row remains.
select erasures.count as erasures, encode(customer_key.lookup, 'hex') as lookup, customer_key.key, customer_key.erased_at is not null as "isErased"
from (select count(*) as count from ops.customer_erasure) as erasures
left join ref.customer_key on customer_key.lookup = any($1::bytea[])
