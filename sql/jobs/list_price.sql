-- Not a job: the price that the rules about prices read.
create or replace function ops.list_price(of_store text, of_product text, as_of timestamptz) returns numeric
language sql stable as $$
  select coalesce(
    (
      select price from state.price
      where store_id = of_store and product_id = of_product and valid_from <= as_of and reason in ('regular', 'correction')
      order by valid_from desc, event_id desc limit 1
    ),
    (select unit_price from state.sales_rate where store_id = of_store and product_id = of_product)
  )
$$;
comment on function ops.list_price is
  'What a unit costs in a store before promotions and markdowns: the newest regular price, else the price of its sales; null if unknown.';
