-- Orders: an invoice counts once; a cancellation that the supplier has not heard of stays due; and the day of an order that was
-- cancelled before it was sent can be planned again.

create table ops.purchase_order_invoice (
  supplier_id text collate "C" not null,
  invoice_number text collate "C" not null,
  purchase_order_id text collate "C" not null references ops.purchase_order,
  content jsonb not null,
  taken_by text not null,
  taken_at timestamptz not null,
  primary key (supplier_id, invoice_number, purchase_order_id)
);
comment on table ops.purchase_order_invoice is
  'Invoices that agreed with their orders: each counts once. Disputed ones are in ops.purchase_order_action only.';
comment on column ops.purchase_order_invoice.invoice_number is 'The supplier''s number; one invoice may be about several orders.';
comment on column ops.purchase_order_invoice.content is 'Units by product and price, in one order: by it the same invoice is told from another one under its number.';
comment on column ops.purchase_order_invoice.taken_by is 'Who sent it.';
comment on column ops.purchase_order_invoice.taken_at is 'When it was counted, by the business clock.';

create function ops.invoice_content(lines jsonb) returns jsonb
language sql immutable parallel safe
return (
  select coalesce(jsonb_agg(jsonb_build_array(product_id, ops.decimal_text(unit_price), ops.decimal_text(quantity))
    order by product_id collate "C", unit_price), '[]')
  from (
    select product_id, unit_price, sum(quantity) as quantity
    from jsonb_to_recordset(lines) as line (product_id text, quantity numeric, unit_price numeric)
    group by product_id, unit_price
  ) as line
);
comment on function ops.invoice_content is 'An invoice''s lines in one form: [product, price of a unit, units], whatever order they came in.';

create function ops.invoice_in_words(content jsonb) returns text
language sql immutable parallel safe
return (
  select string_agg(format('%s × %s for %s', line ->> 2, line ->> 0, line ->> 1), ', ' order by place)
    filter (where place <= 5) || case when max(place) > 5 then ', …' else '' end
  from jsonb_array_elements(content) with ordinality as line (line, place)
);
comment on function ops.invoice_in_words is 'The first lines of an invoice''s content, for a message.';

-- Of those that were taken twice the first counts as the invoice.
insert into ops.purchase_order_invoice
select distinct on (supplier_id, btrim(detail ->> 'invoice'), purchase_order_id)
  supplier_id, btrim(detail ->> 'invoice'), purchase_order_id, ops.invoice_content(detail -> 'lines'), acted_by, acted_at
from ops.purchase_order_action
join ops.purchase_order using (purchase_order_id)
where action = 'invoice'
order by supplier_id, btrim(detail ->> 'invoice'), purchase_order_id, action_id;

alter table ops.purchase_order add column withdrawal_due_at timestamptz;
comment on column ops.purchase_order.withdrawal_due_at is
  'Since when its supplier is to be told that it, or the rest of it, was cancelled; null: there is nothing to tell, or it was told. By the business clock.';
create index purchase_order_to_withdraw on ops.purchase_order (withdrawal_due_at) where withdrawal_due_at is not null;

-- Until now nobody wrote down that the supplier of a wholly cancelled order was told. Those of the last week are told once more,
-- under the same name, by which a supplier who knows of it drops it; the older ones count as told.
update ops.purchase_order as orders
set withdrawal_due_at = cancelled.acted_at
from (
  select purchase_order_id, max(acted_at) as acted_at
  from ops.purchase_order_action
  group by purchase_order_id
  having bool_or(action = 'cancel') and not bool_or(action in ('withdraw', 'fail_withdraw'))
) as cancelled
where cancelled.purchase_order_id = orders.purchase_order_id and approved_revision is not null
  and (status = 'received' or status in ('cancelled', 'closed') and cancelled.acted_at > ops.now() - interval '7 days');

-- An order that was cancelled before it was sent leaves its day free for another one.
alter table ops.purchase_order drop constraint purchase_order_supplier_id_location_id_review_date_key;
create unique index purchase_order_of_day on ops.purchase_order (supplier_id, location_id, review_date)
  where not (status = 'cancelled' and sent_at is null);
create index purchase_order_on_day on ops.purchase_order (supplier_id, location_id, review_date);
comment on column ops.purchase_order.purchase_order_id is
  'PO-<supplier>-<location>-<yyyymmdd>, and -2, -3 … where an earlier order of the day was cancelled before it was sent.';
