-- Not a job: the price that holds when a markdown ends.
create or replace function ops.price_without_markdown(of_store text, of_product text, as_of timestamptz)
returns table (price numeric, reason text, promotion_id text)
language sql stable rows 1 as $$
  select price, case when reason = 'promotion' then 'promotion' else 'regular' end, promotion_id
  from state.price
  where store_id = of_store and product_id = of_product and valid_from <= as_of and reason <> 'markdown'
  order by valid_from desc, event_id desc limit 1
$$;
comment on function ops.price_without_markdown is
  'What a unit costs in a store without markdown: the newest regular or promotional price, with its promotion; no row if unknown.';
