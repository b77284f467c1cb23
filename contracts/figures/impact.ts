import { type Figure, group } from './figure.ts'

/** Days before the first order that the baseline is made of. */
const BASELINE_DAYS = 28

interface Impact extends Pick<Figure, 'name' | 'title' | 'meaning' | 'unit'> {
  /** A row a store and day: store_key, day, amount. What is missing is zero. */
  amounts: string
  /** The same as a DAX expression in the context of a store and a day. */
  dax: string
}

/**
 * What changed since Shelfline orders: the mean of a store's day in the days before the first order that was sent, less the mean in the
 * days asked, × the store's days asked. The interval contains the true difference with 95 %, if days are independent (Welch).
 */
const impact = ({ amounts, dax, ...figure }: Impact): Omit<Figure, 'format'> => ({
  ...figure,
  direction: 'up',
  sql: `with started as (
      select min(order_date) as day from bi.fact_purchase_order where sent_at is not null
    ),
    store_day as (
      select sale_date >= started.day as is_since, coalesce(sum(own.amount), 0) as amount
      from bi.sales_by_store_day as sold
      cross join started
      left join (${amounts}) as own on own.store_key = sold.store_key and own.day = sold.sale_date
      where sale_date >= started.day - ${BASELINE_DAYS} and sale_date < started.day
        or sale_date >= started.day and sale_date between $1 and $2
      group by sold.store_key, sale_date, started.day
    ),
    compared as (
      select
        avg(amount) filter (where not is_since) - avg(amount) filter (where is_since) as saved,
        sqrt(
          var_samp(amount) filter (where not is_since) / count(*) filter (where not is_since)
            + var_samp(amount) filter (where is_since) / count(*) filter (where is_since)
        ) as error,
        count(*) filter (where is_since) as days
      from store_day
    )
    select saved * days as value, (saved - 1.96 * error) * days as low, (saved + 1.96 * error) * days as high
    from compared`,
  dax: `VAR Started = CALCULATE ( MIN ( fact_purchase_order[order_date] ), ALL ( dim_date ), NOT ISBLANK ( fact_purchase_order[sent_at] ) )
VAR Before = CALCULATE ( AVERAGEX ( SUMMARIZE ( sales_by_store_day, sales_by_store_day[store_key], sales_by_store_day[sale_date] ), ${dax} + 0 ), DATESBETWEEN ( dim_date[calendar_date], Started - ${BASELINE_DAYS}, Started - 1 ) )
VAR Since = FILTER ( SUMMARIZE ( sales_by_store_day, sales_by_store_day[store_key], sales_by_store_day[sale_date] ), sales_by_store_day[sale_date] >= Started )
RETURN ( Before - AVERAGEX ( Since, ${dax} + 0 ) ) * COUNTROWS ( Since )`,
})

/** A sum of the store's day, or of several. */
const daily = (...columns: readonly string[]) => ({
  amounts: `select store_key, business_date as day, ${columns.map((column) => `coalesce(${column}, 0)`).join(' + ')} as amount from bi.stock_by_store_day`,
  dax: `CALCULATE ( ${columns.map((column) => `SUM ( stock_by_store_day[${column}] )`).join(' + ')} )`,
})

export const impactFigures = group(
  'Impact',
  `What changed since the first order was sent, compared with the ${BASELINE_DAYS} days before it, per store and day. Without such days there is no value. The interval is of 95 %.`,
  [
    impact({
      name: 'stock_outs_prevented',
      title: 'Stock-outs prevented',
      meaning: 'Stock-outs that there would have been at the rate of the baseline, less those that there were.',
      unit: 'count',
      ...daily('stockouts'),
    }),
    impact({
      name: 'lost_sales_prevented',
      title: 'Lost sales prevented',
      meaning: 'Lost sales that there would have been at the rate of the baseline, less those that there were.',
      unit: 'money',
      ...daily('lost_amount'),
    }),
    impact({
      name: 'overstock_reduced',
      title: 'Overstock reduced',
      meaning:
        'By how much less value lay beyond the maximum cover of the default policy, summed over store-days, of the products that moved on the day.',
      unit: 'money',
      ...daily('overstock_value'),
    }),
    impact({
      name: 'money_saved',
      title: 'Money saved',
      meaning:
        'Lost sales, waste and the cost of holding (by the default policy, of the products that moved on the day) that there would have been at the rate of the baseline, less those that there were.',
      unit: 'money',
      ...daily('lost_amount', 'wasted_cost_amount', 'carrying_cost'),
    }),
  ],
)
