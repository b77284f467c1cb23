-- Raw till lines out of Complete Journey: its year {times} times under other transaction ids, 2 % of the lines twice, 0.1 % with
-- an impossible quantity. {transactions}: the data set's file; {target}: where to write.
copy (
  with sale as (
    select *, file_row_number as number from read_parquet({transactions}, file_row_number = true)
  ),
  line as (
    select
      (repetition * 100000000000 + basket_id::bigint)::varchar as transaction_id,
      number as line_no,
      store_id, product_id,
      quantity::double as quantity,
      sales_value, retail_disc, coupon_disc,
      household_id as customer_id,
      transaction_timestamp as event_at,
      transaction_timestamp::date as date
    from sale, range({times}) as r(repetition)
  )
  select * from line
  union all
  select * from line where line_no % 50 = 7
  union all
  select * replace (-1 as quantity) from line where line_no % 1000 = 3
) to {target} (format parquet, compression zstd, row_group_size 500000)
