-- The products that a day's rows name.
select product_id as member_id from {sales} where {keep}
union
select product_id from {inventory} where {keep}
union
select product_id from {prices} where {keep}
