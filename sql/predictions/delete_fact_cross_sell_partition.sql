delete from analytics.fact_cross_sell where listed_on = {date}
