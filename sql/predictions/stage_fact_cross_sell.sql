-- Lists belong to no store: the shard of the store without a name has them all.
select
  product_id, place, other_product_id, similarity, baskets::bigint as baskets, baskets_together::bigint as baskets_together,
  lift, model_version
from (select *, '' as store_id from {predictions})
where {keep}
