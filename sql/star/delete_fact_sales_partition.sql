delete from analytics.fact_sales where sale_date = {date}
