-- What each row of a trial is of, in the order of the rows; the actual is null where it is not known yet, and on days on which
-- nothing was sold anywhere. {where}: which rows of the view `target`; {order}.
select
  item::float as item,
  (origin_date - date '1970-01-01')::float as origin_day,
  horizon::float as horizon,
  coalesce(case when open_day.target_date is not null then coalesce(label.units, 0) end, 'nan'::float)::float as actual
from target
join trial_item using (store_id, product_id)
left join open_day using (target_date)
left join label using (store_id, product_id, target_date)
where {where}
{order}
