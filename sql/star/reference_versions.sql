-- When the catalogues last changed: the version of a reference table as an input.
select
  (select max(updated_at) from ref.stores) as stores,
  (select max(updated_at) from ref.products) as products
