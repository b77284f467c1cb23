-- Drafts an order with its lines; an order that is there already stays as it is, and no row comes back.
-- $1 order, $2 supplier, $3 location, $4 day of the review, $5 currency, $6 expected on, $7 now,
-- $8 lines: [{product_id, quantity, unit_cost, explanation}] in their order, $9 the order of the day that was cancelled before
-- it was sent, and that this one replaces; null: none.
with line as materialized (
  select line.*, ordinality as line_no
  from rows from (jsonb_to_recordset($8::jsonb) as (
    product_id text, quantity numeric, unit_cost numeric, explanation jsonb
  )) with ordinality as line (product_id, quantity, unit_cost, explanation, ordinality)
),
drafted as (
  insert into ops.purchase_order (
    purchase_order_id, supplier_id, location_id, review_date, currency, total_value, expected_on, created_at, updated_at
  )
  select $1, $2, $3, $4, $5, sum(quantity * unit_cost), $6, $7, $7
  from line
  having count(*) > 0
  on conflict do nothing
  returning purchase_order_id
),
line_drafted as (
  insert into ops.purchase_order_line (
    purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation
  )
  select purchase_order_id, line_no, product_id, quantity, quantity, unit_cost, explanation
  from drafted
  cross join line
),
action as (
  insert into ops.purchase_order_action (purchase_order_id, acted_by, acted_at, action, reason, detail)
  select
    purchase_order_id, 'shelfline', $7, 'draft', $9::text || ' of the same day was cancelled before it was sent',
    jsonb_strip_nulls(jsonb_build_object('lines', (select count(*) from line), 'instead_of', $9::text))
  from drafted
)
select purchase_order_id as "purchaseOrderId" from drafted
