-- What Shelfline did by itself in the last 24 hours by the business clock, for the places that the login sees.
select
  (select count(*) from ops.restock_plan where planned_at > (select ops.now()) - interval '24 hours')::int as "restocks",
  (select count(*) from ops.discount where started_at > (select ops.now()) - interval '24 hours')::int as "markdowns",
  (select count(*) from ops.removal where decided_at > (select ops.now()) - interval '24 hours')::int as "removals",
  (select count(*) from ops.purchase_order where sent_at > (select ops.now()) - interval '24 hours')::int as "ordersSent"
