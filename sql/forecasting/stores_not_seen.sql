-- Which of the stores $1 the person does not see. A store that does not exist yet is seen by those who see every store.
select store_id as "storeId"
from unnest($1::text[]) as asked (store_id)
where not (select ref.sees_everything()) and store_id not in (select ref.visible_store_ids())
