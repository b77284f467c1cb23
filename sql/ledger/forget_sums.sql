-- The sums of a day whose sales were removed go with them. $1 date
select analytics.forget_sales_days(array[$1::date])
