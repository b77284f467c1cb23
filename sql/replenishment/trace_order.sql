-- An order, and where its lines' demand comes from. $1: the order.
select
  purchase_order_id as "purchaseOrderId",
  supplier_id as "supplierId",
  location_id as "locationId",
  review_date as "reviewDate",
  status,
  ops.decimal_text(total_value) as "totalValue",
  currency,
  (
    select jsonb_agg(to_jsonb(source) order by source.lines desc)
    from (
      select
        count(*) as lines,
        min(line_no) as "firstLine",
        explanation #>> '{provenance,forecast_date}' as "forecastDate",
        (explanation #>> '{provenance,forecast_run}')::bigint as "forecastRun",
        coalesce(explanation #> '{provenance,models}', '[]') as models,
        explanation #>> '{provenance,usual}' as usual,
        coalesce(explanation #> '{provenance,overrides}', '[]') as overrides
      from ops.purchase_order_line as line
      where line.purchase_order_id = orders.purchase_order_id
      group by 3, 4, 5, 6, 7
    ) as source
  ) as sources
from ops.purchase_order as orders
where purchase_order_id = $1
