-- Replaces each day of order facts whose orders have changed.
-- Reads: ops.purchase_order with its lines and actions, ops.goods_receipt, ops.supplier_performance, ref.suppliers,
-- ref.shelves, state.sales_day. Writes: analytics.dim_supplier, analytics.fact_purchase_order,
-- analytics.reorder_prediction, analytics.supplier_performance, analytics.order_edit, ops.order_fact_day; unknown members of dim_store and
-- dim_product. Sends: nothing.
-- Rules: the state of a day is the sum of its orders' revisions. A supplier, location or product that is in no
-- catalogue becomes an unknown member. An edited line is compared with the sales once, when the days that it had to
-- cover are over. At most limit_rows days per run, the oldest first.
create or replace function ops.fill_order_facts(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  days date[];
  total bigint;
  changed bigint;
begin
  perform ops.lock_job('fill_order_facts');
  days := array(
    select review_date
    from ops.purchase_order
    left join ops.order_fact_day on order_date = review_date
    group by review_date, order_fact_day.revisions
    having sum(revision) is distinct from order_fact_day.revisions
    order by review_date
    limit limit_rows
  );
  if cardinality(days) > 0 then
    perform analytics.ensure_partitions(days[1], days[cardinality(days)]);
    perform ops.add_order_members(days);
  end if;

  delete from analytics.fact_purchase_order where order_date = any (days);
  insert into analytics.fact_purchase_order (
    order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, ordered_quantity,
    received_quantity, damaged_quantity, unit_cost, expected_date, received_at, proposed_quantity, cancelled_quantity, sent_at
  )
  select
    orders.review_date, purchase_order_id, line_no, supplier.supplier_key, store.store_key, product.product_key,
    orders.status, line.quantity, line.received_quantity, line.damaged_quantity, line.unit_cost, orders.expected_on,
    (
      select max(happened_at) from ops.goods_receipt as receipt
      where receipt.purchase_order_id = orders.purchase_order_id and receipt.line_no = line.line_no
        and receipt.status = 'delivered'
    ),
    line.proposed_quantity, line.cancelled_quantity, orders.sent_at
  from ops.purchase_order as orders
  join ops.purchase_order_line as line using (purchase_order_id)
  join analytics.dim_supplier as supplier using (supplier_id)
  join analytics.dim_store as store
    on store.store_id = orders.location_id and orders.created_at >= store.valid_from and orders.created_at < store.valid_to
  join analytics.dim_product as product
    on product.product_id = line.product_id and orders.created_at >= product.valid_from and orders.created_at < product.valid_to
  where orders.review_date = any (days);
  get diagnostics total = row_count;

  delete from analytics.reorder_prediction where order_date = any (days);
  insert into analytics.reorder_prediction (
    order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, on_hand_quantity, on_order_quantity,
    position_quantity, demand_quantity, cover_days, reorder_below_quantity, order_up_to_quantity, proposed_quantity,
    ordered_quantity, unit_cost, stock_out_probability, expected_lost_quantity, demand_source, binding_constraint, expected_date
  )
  select
    fact.order_date, purchase_order_id, line_no, fact.supplier_key, fact.store_key, fact.product_key, fact.status,
    (term ->> 'on_hand')::numeric, (term ->> 'on_order')::numeric, (term ->> 'position')::numeric,
    (term ->> 'mean_demand')::numeric, (term ->> 'cover')::numeric, (term ->> 'reorder_below')::numeric,
    (term ->> 'order_up_to')::numeric, line.proposed_quantity, line.quantity, line.unit_cost,
    (term ->> 'stock_out_probability')::numeric, (term ->> 'expected_lost_units')::numeric, term ->> 'demand_source',
    explanation ->> 'bindingConstraint', fact.expected_date
  from analytics.fact_purchase_order as fact
  join ops.purchase_order_line as line using (purchase_order_id, line_no)
  cross join lateral (
    select coalesce(jsonb_object_agg(each ->> 'name', each -> 'value'), '{}') as term
    from jsonb_array_elements(coalesce(explanation -> 'terms', '[]')) as each
  ) as named
  where fact.order_date = any (days);

  insert into ops.order_fact_day (order_date, revisions)
  select review_date, sum(revision) from ops.purchase_order where review_date = any (days) group by review_date
  on conflict (order_date) do update set revisions = excluded.revisions, filled_at = now();

  if cardinality(days) > 0 then
    delete from analytics.supplier_performance;
    insert into analytics.supplier_performance (
      supplier_key, store_key, lines, settled_lines, fill, damaged, deliveries, on_time, lead_time_mean_days,
      lead_time_p10_days, lead_time_p50_days, lead_time_p90_days, lead_time_deviation_days
    )
    select
      supplier_key, store_key, lines, settled_lines, fill, damaged, deliveries, on_time, lead_time_mean_days,
      lead_time_p10_days, lead_time_p50_days, lead_time_p90_days, lead_time_deviation_days
    from ops.supplier_performance as record
    join analytics.dim_supplier using (supplier_id)
    join analytics.dim_store as store on store.store_id = record.location_id and store.is_current;
  end if;

  changed := ops.judge_order_edits(as_of, limit_rows);
  return total + changed;
end
$$;
comment on function ops.fill_order_facts is 'Replaces each day of order facts whose orders have changed.';

create or replace function ops.add_order_members(days date[]) returns void
language sql as $$
  select ops.merge_suppliers(array(select distinct supplier_id from ops.purchase_order where review_date = any (days)));

  -- Warehouses are in no catalogue. They are known as what refills shelves, and take the attributes that all their stores share.
  insert into analytics.dim_store as store (
    store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current, is_warehouse
  )
  select
    analytics.dimension_key(warehouse_id, timestamptz '1900-01-01 00:00:00+00'), warehouse_id, 'Warehouse ' || warehouse_id,
    case when min(region) = max(region) then min(region) else 'unknown' end,
    case when min(country) = max(country) then min(country) else 'unknown' end,
    case when min(currency) = max(currency) then min(currency) else 'XXX' end,
    case when min(time_zone) = max(time_zone) then min(time_zone) else 'UTC' end,
    timestamptz '1900-01-01 00:00:00+00', timestamptz '9999-12-31 00:00:00+00', true, true
  from (select distinct warehouse_id, store_id from ref.shelves) as refilled
  left join ref.stores using (store_id)
  where not exists (select from ref.stores as catalogued where catalogued.store_id = warehouse_id)
  group by warehouse_id
  on conflict (store_key) do update set
    name = excluded.name, region = excluded.region, country = excluded.country, currency = excluded.currency,
    time_zone = excluded.time_zone, is_unknown = excluded.is_unknown, is_warehouse = excluded.is_warehouse, updated_at = now()
  where row(store.name, store.region, store.country, store.currency, store.time_zone, store.is_unknown, store.is_warehouse)
    is distinct from row(
      excluded.name, excluded.region, excluded.country, excluded.currency, excluded.time_zone, excluded.is_unknown,
      excluded.is_warehouse
    );

  insert into analytics.dim_store (
    store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current, is_unknown
  )
  select
    analytics.dimension_key(location_id, timestamptz '1900-01-01 00:00:00+00'), location_id,
    'Unknown store ' || location_id, 'unknown', 'unknown', 'XXX', 'UTC',
    timestamptz '1900-01-01 00:00:00+00', timestamptz '9999-12-31 00:00:00+00', true, true
  from (select distinct location_id from ops.purchase_order where review_date = any (days)) as named
  where not exists (select from analytics.dim_store where store_id = location_id)
  on conflict do nothing;

  insert into analytics.dim_product (product_key, product_id, name, category, department, valid_from, valid_to, is_current, is_unknown)
  select
    analytics.dimension_key(product_id, timestamptz '1900-01-01 00:00:00+00'), product_id,
    'Unknown product ' || product_id, 'unknown', 'unknown',
    timestamptz '1900-01-01 00:00:00+00', timestamptz '9999-12-31 00:00:00+00', true, true
  from (
    select distinct product_id from ops.purchase_order_line join ops.purchase_order using (purchase_order_id)
    where review_date = any (days)
  ) as named
  where not exists (select from analytics.dim_product where dim_product.product_id = named.product_id)
  on conflict do nothing;
$$;
comment on function ops.add_order_members is 'Adds the members that the orders of these days refer to: suppliers and warehouses as they are now, unknown locations and products.';

create or replace function ops.judge_order_edits(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
begin
  with edited as (
    select
      orders.*, line.line_no, line.product_id, line.proposed_quantity, line.quantity, line.unit_cost,
      edit.acted_by, edit.reason_code, greatest(1, ceil(terms.lead_time + terms.review))::integer as cover_days,
      terms.position, terms.mean_demand
    from ops.purchase_order as orders
    join ops.purchase_order_line as line using (purchase_order_id)
    join lateral (
      select acted_by, reason_code from ops.purchase_order_action as action
      where action.purchase_order_id = orders.purchase_order_id and action.line_no = line.line_no and action = 'edit'
      order by action_id desc limit 1
    ) as edit on true
    cross join lateral (
      select
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'lead_time') as lead_time,
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'review') as review,
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'position') as position,
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'mean_demand') as mean_demand
      from jsonb_array_elements(line.explanation -> 'terms') as term
      where term ->> 'unit' in ('days', 'units')
    ) as terms
    where orders.sent_at is not null and line.quantity <> line.proposed_quantity
      and terms.position is not null and terms.lead_time is not null and terms.review is not null
      and not exists (
        select from analytics.order_edit as judged
        where judged.order_date = orders.review_date and judged.purchase_order_id = orders.purchase_order_id
          and judged.line_no = line.line_no
      )
  )
  insert into analytics.order_edit (
    order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, edited_by, reason_code,
    proposed_quantity, ordered_quantity, unit_cost, cover_days, position_quantity, forecast_quantity, demand_quantity
  )
  select
    review_date, edited.purchase_order_id, edited.line_no, fact.supplier_key, fact.store_key, fact.product_key, acted_by,
    reason_code,
    edited.proposed_quantity, edited.quantity, edited.unit_cost, cover_days, position, mean_demand,
    coalesce((
      select sum(day.units)
      from state.sales_day as day
      where day.product_id = edited.product_id
        and day.sale_date >= review_date and day.sale_date < review_date + cover_days
        and (
          day.store_id = edited.location_id
          or exists (
            select from ref.shelves
            where shelves.store_id = day.store_id and shelves.product_id = day.product_id
              and shelves.warehouse_id = edited.location_id
          )
        )
    ), 0)
  from edited
  join analytics.fact_purchase_order as fact
    on fact.order_date = edited.review_date and fact.purchase_order_id = edited.purchase_order_id
      and fact.line_no = edited.line_no
  where review_date + cover_days <= (as_of at time zone ops.time_zone_of(location_id))::date
  order by review_date, edited.purchase_order_id, edited.line_no
  limit limit_rows;
  get diagnostics changed = row_count;
  return changed;
end
$$;
comment on function ops.judge_order_edits is 'Compares edited lines with the sales of the days that they had to cover.';
