delete from ops.forecast_dependence where measured_on = {date}
