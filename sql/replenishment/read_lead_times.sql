-- How many days a supplier's deliveries took from the sending of the order. $1 supplier, $2 now.
with delivery as (
  select distinct
    purchase_order_id,
    (delivered_at at time zone ops.time_zone_of(location_id))::date
      - (sent_at at time zone ops.time_zone_of(location_id))::date as days
  from ops.supplier_lead_time
  where supplier_id = $1 and sent_at > $2::timestamptz - interval '180 days' and delivered_at <= $2
)
select days, count(*)::integer as deliveries from delivery where days between 0 and 365 group by days order by days
