delete from analytics.fact_forecast where forecast_date = {date}
