-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.
-- The contents of sql/views, sql/functions, sql/jobs, sql/alerts and sql/comments, and the rights of processes (docs/rights.md), are not repeated here.

-- Schemas

create schema bi;

-- Grants

grant usage on schema bi to bi_reader;
grant usage on schema bi to shelfline_app;
grant select on table bi.access to bi_reader;
grant select on table bi.access to shelfline_app;
grant select on table bi.assortment_by_class to bi_reader;
grant select on table bi.assortment_by_class to shelfline_app;
grant select on table bi.customer_analytics to bi_reader;
grant select on table bi.customer_analytics to shelfline_app;
grant select on table bi.customer_segments to bi_reader;
grant select on table bi.customer_segments to shelfline_app;
grant select on table bi.daily_sales_summary to bi_reader;
grant select on table bi.daily_sales_summary to shelfline_app;
grant select on table bi.data_freshness to bi_reader;
grant select on table bi.data_freshness to shelfline_app;
grant select on table bi.data_quality to bi_reader;
grant select on table bi.data_quality to shelfline_app;
grant select on table bi.dead_letters to bi_reader;
grant select on table bi.dead_letters to shelfline_app;
grant select on table bi.dim_date to bi_reader;
grant select on table bi.dim_date to shelfline_app;
grant select on table bi.dim_holiday to bi_reader;
grant select on table bi.dim_holiday to shelfline_app;
grant select on table bi.dim_price to bi_reader;
grant select on table bi.dim_price to shelfline_app;
grant select on table bi.dim_product to bi_reader;
grant select on table bi.dim_product to shelfline_app;
grant select on table bi.dim_store to bi_reader;
grant select on table bi.dim_store to shelfline_app;
grant select on table bi.dim_supplier to bi_reader;
grant select on table bi.dim_supplier to shelfline_app;
grant select on table bi.fact_anomaly to bi_reader;
grant select on table bi.fact_anomaly to shelfline_app;
grant select on table bi.fact_cross_sell to bi_reader;
grant select on table bi.fact_cross_sell to shelfline_app;
grant select on table bi.fact_foot_traffic to bi_reader;
grant select on table bi.fact_foot_traffic to shelfline_app;
grant select on table bi.fact_forecast to bi_reader;
grant select on table bi.fact_forecast to shelfline_app;
grant select on table bi.fact_inventory to bi_reader;
grant select on table bi.fact_inventory to shelfline_app;
grant select on table bi.fact_markdown to bi_reader;
grant select on table bi.fact_markdown to shelfline_app;
grant select on table bi.fact_price to bi_reader;
grant select on table bi.fact_price to shelfline_app;
grant select on table bi.fact_purchase_order to bi_reader;
grant select on table bi.fact_purchase_order to shelfline_app;
grant select on table bi.fact_sales to bi_reader;
grant select on table bi.fact_sales to shelfline_app;
grant select on table bi.fact_slow_mover to bi_reader;
grant select on table bi.fact_slow_mover to shelfline_app;
grant select on table bi.fact_stock_movement to bi_reader;
grant select on table bi.fact_stock_movement to shelfline_app;
grant select on table bi.fact_stock_target to bi_reader;
grant select on table bi.fact_stock_target to shelfline_app;
grant select on table bi.fact_stockout to bi_reader;
grant select on table bi.fact_stockout to shelfline_app;
grant select on table bi.fact_waste to bi_reader;
grant select on table bi.fact_waste to shelfline_app;
grant select on table bi.forecast_accuracy to bi_reader;
grant select on table bi.forecast_accuracy to shelfline_app;
grant select on table bi.forecast_accuracy_by_category to bi_reader;
grant select on table bi.forecast_accuracy_by_category to shelfline_app;
grant select on table bi.forecast_by_category to bi_reader;
grant select on table bi.forecast_by_category to shelfline_app;
grant select on table bi.forecast_overrides to bi_reader;
grant select on table bi.forecast_overrides to shelfline_app;
grant select on table bi.inventory_by_store to bi_reader;
grant select on table bi.inventory_by_store to shelfline_app;
grant select on table bi.live_alerts to bi_reader;
grant select on table bi.live_alerts to shelfline_app;
grant select on table bi.live_anomalies to bi_reader;
grant select on table bi.live_anomalies to shelfline_app;
grant select on table bi.live_lots to bi_reader;
grant select on table bi.live_lots to shelfline_app;
grant select on table bi.live_sales_hour to bi_reader;
grant select on table bi.live_sales_hour to shelfline_app;
grant select on table bi.live_shelf to bi_reader;
grant select on table bi.live_shelf to shelfline_app;
grant select on table bi.live_stock to bi_reader;
grant select on table bi.live_stock to shelfline_app;
grant select on table bi.live_stock_out_risk to bi_reader;
grant select on table bi.live_stock_out_risk to shelfline_app;
grant select on table bi.live_warehouse to bi_reader;
grant select on table bi.live_warehouse to shelfline_app;
grant select on table bi.ml_forecast_results to bi_reader;
grant select on table bi.ml_forecast_results to shelfline_app;
grant select on table bi.model_drift to bi_reader;
grant select on table bi.model_drift to shelfline_app;
grant select on table bi.my_access to bi_reader;
grant select on table bi.my_access to shelfline_app;
grant select on table bi.open_orders to bi_reader;
grant select on table bi.open_orders to shelfline_app;
grant select on table bi.pipeline_runs to bi_reader;
grant select on table bi.pipeline_runs to shelfline_app;
grant select on table bi.product_performance to bi_reader;
grant select on table bi.product_performance to shelfline_app;
grant select on table bi.products_by_month to bi_reader;
grant select on table bi.products_by_month to shelfline_app;
grant select on table bi.proposals_against_edits to bi_reader;
grant select on table bi.proposals_against_edits to shelfline_app;
grant select on table bi.reorder_predictions to bi_reader;
grant select on table bi.reorder_predictions to shelfline_app;
grant select on table bi.sales_by_category to bi_reader;
grant select on table bi.sales_by_category to shelfline_app;
grant select on table bi.sales_by_category_day to bi_reader;
grant select on table bi.sales_by_category_day to shelfline_app;
grant select on table bi.sales_by_day to bi_reader;
grant select on table bi.sales_by_day to shelfline_app;
grant select on table bi.sales_by_store_day to bi_reader;
grant select on table bi.sales_by_store_day to shelfline_app;
grant select on table bi.sales_target to bi_reader;
grant select on table bi.sales_target to shelfline_app;
grant select on table bi.stock_by_category to bi_reader;
grant select on table bi.stock_by_category to shelfline_app;
grant select on table bi.stock_cover to bi_reader;
grant select on table bi.stock_cover to shelfline_app;
grant select on table bi.stock_movements to bi_reader;
grant select on table bi.stock_movements to shelfline_app;
grant select on table bi.store_hour to bi_reader;
grant select on table bi.store_hour to shelfline_app;
grant select on table bi.stream_outcomes to bi_reader;
grant select on table bi.stream_outcomes to shelfline_app;
grant select on table bi.supplier_performance to bi_reader;
grant select on table bi.supplier_performance to shelfline_app;
grant select on table bi.till_reconciliation to bi_reader;
grant select on table bi.till_reconciliation to shelfline_app;
grant select on table bi.transfers to bi_reader;
grant select on table bi.transfers to shelfline_app;

-- Default privileges

alter default privileges for role shelfline_migrate in schema bi grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema bi grant select on tables to bi_reader;
alter default privileges for role shelfline_migrate in schema bi grant select on tables to shelfline_app;

-- Comments

comment on schema bi is 'The public contract for Power BI and everyone else who reads.';
