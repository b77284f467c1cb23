-- The alerts about products of the stores $1 that detectors are scored by: an alert for many causes at once names the
-- dearest of them.
select alert_type, store_id, product_id, first_seen, last_seen
from ops.alert
where store_id = any($1) and alert_type = any($2) and product_id is not null
union all
select alert_type, store_id, dearest ->> 'product_id', first_seen, last_seen
from ops.alert
cross join jsonb_array_elements(evidence -> 'dearest') as dearest
where store_id = any($1) and alert_type = any($2) and product_id is null and jsonb_typeof(evidence -> 'dearest') = 'array'
