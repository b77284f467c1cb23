-- Which of the named stores ($1) and products ($2) no catalogue contains.
select 'store' as kind, id from unnest($1::text[]) as id where not exists (select from ref.stores where store_id = id)
union all
select 'product', id from unnest($2::text[]) as id where not exists (select from ref.products where product_id = id)
