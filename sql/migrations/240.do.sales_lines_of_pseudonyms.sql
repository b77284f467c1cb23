-- Lines of sales show customers by the pseudonym that customer_day has. Readers can not name a function of this schema, so that no one
-- finds out by trial which pseudonym a number has; the view names it for them.
create function analytics.pseudonym(key text, customer text) returns text
  language sql immutable strict parallel safe
  return left(encode(sha256((key || '/' || customer)::bytea), 'hex'), 16);
comment on function analytics.pseudonym(text, text) is 'What a customer is called in reports.';

create function analytics.pseudonym_of(customer text) returns text
  language sql stable strict parallel safe security definer set search_path = pg_catalog, pg_temp
  return (select analytics.pseudonym(key, customer) from ref.pseudonym_key);
comment on function analytics.pseudonym_of(text) is 'What a customer is called in reports, by the key of this database.';
revoke execute on function analytics.pseudonym(text, text), analytics.pseudonym_of(text) from public;
grant execute on function analytics.pseudonym_of(text) to bi_reader;

create or replace function analytics.sum_customers(business_date date) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  delete from analytics.customer_day where sale_date = business_date;
  insert into analytics.customer_day (sale_date, store_key, customer, transactions, lines, quantity, net_amount)
  select
    business_date, store_key, analytics.pseudonym(key, customer_id) as customer_name,
    count(distinct transaction_id), count(*), sum(quantity), sum(net_amount)
  from analytics.fact_sales
  cross join ref.pseudonym_key
  where sale_date = business_date and customer_id is not null
  group by store_key, customer_name;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
