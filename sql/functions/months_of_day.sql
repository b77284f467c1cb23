create or replace function analytics.months_of_day(business_date date) returns date[]
  language sql immutable
  -- A week belongs to the month in which it ends.
  return array[
    date_trunc('month', business_date::timestamp)::date,
    date_trunc('month', date_trunc('week', business_date::timestamp) + interval '6 days')::date
  ];
comment on function analytics.months_of_day(date) is 'The months whose sums have this day, by their first day: its own, and that in which its week ends.';
revoke execute on function analytics.months_of_day(date) from public;
