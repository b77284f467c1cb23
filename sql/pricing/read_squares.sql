-- How much the sales of a day differ from what is expected, by category.
select coalesce(category, '') as category, sum(squares) as squares, sum(squares_expected) as "squaresExpected"
from state.price_usual
left join ref.products using (product_id)
group by 1
