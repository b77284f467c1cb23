-- Lists of reports are read from an index until they are full, the most first and what is not known last, as Power BI asks for them.
drop index analytics.stock_cover_short;
create index stock_cover_short on analytics.stock_cover ((reorder_point - on_hand_quantity) desc nulls last)
  where stock_status in ('out of stock', 'below safety stock', 'below reorder point');
drop index analytics.stock_cover_reorder_point;
create index stock_cover_reorder_point on analytics.stock_cover (reorder_point desc nulls last);
create index reorder_prediction_riskiest on analytics.reorder_prediction (stock_out_probability desc nulls last);
-- One order, when someone opens it from a report.
create index reorder_prediction_of_order on analytics.reorder_prediction (purchase_order_id);
