-- What the web application's pages about stock, deliveries and forecasts read beside what it may read already, with policies of the
-- same kind: of a store or a warehouse, who sees that place; of an order, who sees the order.
do $$
declare
  of_a_place text := '(select ref.sees_everything()) or %I in (select ref.visible_store_ids())';
  target record;
begin
  for target in
    select * from (values
      ('state.sales_rate', 'store_id'),
      ('state.sales_day', 'store_id'),
      ('state.price', 'store_id'),
      ('state.demand_profile', 'store_id'),
      ('state.demand_pattern', 'store_id'),
      ('ops.restock_pick', 'store_id'),
      ('ops.supplier_plan', 'warehouse_id'),
      ('ops.goods_receipt', 'location_id')
    ) as own (name, place)
  loop
    execute format('alter table %s enable row level security', target.name);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target.name);
    execute format(
      'create policy own_stores on %s for select to shelfline_web using (' || of_a_place || ')', target.name, target.place
    );
    execute format('grant select on %s to shelfline_web', target.name);
  end loop;
end;
$$;

alter table ops.purchase_order_invoice enable row level security;
create policy application on ops.purchase_order_invoice to shelfline_app using (true) with check (true);
create policy of_what_is_seen on ops.purchase_order_invoice for select to shelfline_web using (
  exists (select from ops.purchase_order as parent where parent.purchase_order_id = purchase_order_invoice.purchase_order_id)
);
grant select on ops.purchase_order_invoice to shelfline_web;

-- Over all stores, the list of stock begins with the most money at risk.
create index stock_out_risk_money on state.stock_out_risk (money_at_risk desc) where money_at_risk >= 1;
