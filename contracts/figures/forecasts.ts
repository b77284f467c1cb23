import { group } from './figure.ts'

const days = 'bi.forecast_accuracy_by_category where target_date between $1 and $2'
const dayAhead = `${days} and horizon_days = 1`
const knownRows =
  'FILTER ( ml_forecast_results, ml_forecast_results[horizon_days] = 1 && NOT ISBLANK ( ml_forecast_results[actual_quantity] ) )'

export const forecastFigures = group(
  'Forecasts',
  'Of the forecasts of the days from the first to the last, compared with what was sold. A day on which a store sold nothing is left out.',
  [
    {
      name: 'wape',
      title: 'WAPE',
      meaning: 'Sum of the errors of products, whichever way, ÷ units sold; over all days ahead.',
      unit: 'share',
      direction: 'down',
      sql: `select sum(absolute_error) / nullif(sum(actual_quantity), 0) as value from ${days}`,
      dax: 'DIVIDE ( SUM ( forecast_accuracy[absolute_error] ), SUM ( forecast_accuracy[actual_quantity] ) )',
    },
    {
      name: 'bias',
      title: 'Bias',
      meaning: '(Units forecast − units sold) ÷ units sold: above zero when too much was forecast. Zero is best.',
      unit: 'share',
      direction: null,
      sql: `select sum(forecast_quantity - actual_quantity) / nullif(sum(actual_quantity), 0) as value from ${days}`,
      dax: 'DIVIDE ( SUM ( forecast_accuracy[forecast_quantity] ) - SUM ( forecast_accuracy[actual_quantity] ), SUM ( forecast_accuracy[actual_quantity] ) )',
    },
    {
      name: 'weekly_accuracy',
      title: 'Weekly accuracy',
      meaning:
        '1 − errors ÷ units sold, by store × category × week, of the weeks that begin from the first to the last day: the week as it was forecast on the Sunday before, and as far as it is known. The target is 85 %.',
      unit: 'share',
      direction: 'up',
      sql: `select 1 - sum(absolute_error) / nullif(sum(actual_quantity), 0) as value
        from bi.forecast_accuracy_by_week where week_start between $1 and $2`,
      dax: `VAR Sold = SUM ( forecast_accuracy_by_week[actual_quantity] )
RETURN IF ( Sold <> 0, 1 - DIVIDE ( SUM ( forecast_accuracy_by_week[absolute_error] ), Sold ) )`,
    },
    {
      name: 'mape',
      title: 'MAPE',
      meaning: 'Mean of error ÷ units sold over the products of stores that sold, a day ahead.',
      unit: 'share',
      direction: 'down',
      sql: `select sum(relative_error) / nullif(sum(sold_forecasts), 0) as value from ${dayAhead}`,
      dax: `AVERAGEX ( FILTER ( ${knownRows}, ml_forecast_results[actual_quantity] > 0 ), DIVIDE ( ml_forecast_results[absolute_error], ml_forecast_results[actual_quantity] ) )`,
    },
    {
      name: 'rmse',
      title: 'RMSE',
      meaning: 'Root of the mean squared error over the products of stores, a day ahead.',
      unit: 'units',
      direction: 'down',
      sql: `select sqrt(sum(squared_error) / nullif(sum(squared_forecasts), 0)) as value from ${dayAhead}`,
      dax: `SQRT ( AVERAGEX ( ${knownRows}, ml_forecast_results[absolute_error] ^ 2 ) )`,
    },
    {
      name: 'interval_coverage',
      title: 'Interval coverage',
      meaning: 'Share of the forecasts whose interval of 80 % contained what was sold: 80 % is what is promised.',
      unit: 'share',
      direction: null,
      sql: `select sum(covered_80) / nullif(sum(intervals), 0) as value from ${days}`,
      dax: 'DIVIDE ( SUM ( forecast_accuracy[covered_80] ), SUM ( forecast_accuracy[intervals] ) )',
    },
  ],
)
