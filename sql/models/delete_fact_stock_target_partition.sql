delete from analytics.fact_stock_target where measured_on = {date}
