-- The stores that a day's rows name.
select store_id as member_id from {sales} where {keep}
union
select store_id from {inventory} where {keep}
union
select store_id from {prices} where {keep}
union
select store_id from {traffic} where {keep}
