-- The sums of a day whose sales were removed go with them. $1 date
with forgotten as (
  delete from analytics.aggregated_dates where sale_date = $1
)

select analytics.aggregate_date($1) + analytics.sum_customers($1) + analytics.sum_month(date_trunc('month', $1::date)::date)
