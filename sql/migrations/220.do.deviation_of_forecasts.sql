-- The standard deviation of what sells around a forecast: orders are planned by it. Quantiles do not show it of goods that
-- seldom sell.
alter table analytics.fact_forecast add column deviation_quantity numeric(18, 6) check (deviation_quantity >= 0);
