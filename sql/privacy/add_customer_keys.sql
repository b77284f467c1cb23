-- Gives customers a key ($1: lookups, $2: keys) who have none. In the order of the lookups, so that two workers can't deadlock.
insert into ref.customer_key (lookup, key)
select lookup, key from unnest($1::bytea[], $2::bytea[]) as made (lookup, key)
order by lookup
on conflict do nothing
