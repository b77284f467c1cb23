-- Forecasts for series that have none, because they have not sold within the window of the features: a new product, a new
-- store. {forecasts}: store_id, product_id of those that have one; {series}: store_id, product_id of all that are needed;
-- {products}: product_id, category, department; {scaled}: each number times a factor. `forecast_level` is of forecast_levels.sql.
--
-- A series sells what the others of its category sell in its store, in the mean; where its store sells none of the category,
-- what they sell elsewhere, times how much more the store sells of everything; and so on up the hierarchy.
with cold as (
  select store_id, product_id, category, department
  from {series} as wanted
  left join {products} as product using (product_id)
  where (store_id, product_id) not in (select (store_id, product_id) from {forecasts})
),

-- grouping_id sets the bit of a column that is summed over: store 4, category 2, department 1.
own as (from forecast_level where level = 1 and category is not null),
of_category as (from forecast_level where level = 5 and category is not null),
of_department as (from forecast_level where level = 6 and department is not null),
of_store as (from forecast_level where level = 3),
of_all as (from forecast_level where level = 7),

found as (
  select
    cold.store_id,
    cold.product_id,
    of_all.target_date,
    coalesce(own.said, of_category.said, of_department.said, of_store.said, of_all.said) as said,
    case
      when own.said is not null or (of_category.said is null and of_department.said is null) then 1.0
      -- A store that sells next to nothing, or all there is, shows little about a category it has never had.
      else least(greatest(coalesce(of_store.said.mean / nullif(of_all.said.mean, 0), 1), 0.25), 4)
    end as factor
  from cold
  cross join of_all
  left join own on own.store_id = cold.store_id and own.category = cold.category and own.target_date = of_all.target_date
  left join of_category on of_category.category = cold.category and of_category.target_date = of_all.target_date
  left join of_department on of_department.department = cold.department and of_department.target_date = of_all.target_date
  left join of_store on of_store.store_id = cold.store_id and of_store.target_date = of_all.target_date
)

select store_id, product_id, target_date, {scaled}
from found
