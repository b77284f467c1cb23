-- The list of overstock reads its index too, the most first and what has no known cost last.
drop index analytics.stock_cover_too_much;
create index stock_cover_too_much on analytics.stock_cover (overstock_value desc nulls last) where stock_status = 'overstock';
