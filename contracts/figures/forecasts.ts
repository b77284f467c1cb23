import { group } from './figure.ts'

const days = 'bi.forecast_accuracy_by_category where target_date between $1 and $2'
const known =
  'bi.ml_forecast_results where target_date between $1 and $2 and horizon_days = 1 and actual_quantity is not null'
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
        '1 − errors ÷ units sold, by store × category × week: the week as it was forecast on the Sunday before, a week being counted as far as it is known. The target is 85 %.',
      unit: 'share',
      direction: 'up',
      sql: `select 1 - sum(abs(forecast - sold)) / nullif(sum(sold), 0) as value
        from (
          select sum(forecast_quantity) as forecast, sum(actual_quantity) as sold
          from bi.forecast_accuracy
          where target_date between $1 and $2 and horizon_days = extract(isodow from target_date)
          group by store_key, category, date_trunc('week', target_date)
        ) as week`,
      dax: `VAR Own = FILTER ( forecast_accuracy, forecast_accuracy[horizon_days] = WEEKDAY ( forecast_accuracy[target_date], 2 ) )
VAR Weeks = GROUPBY ( ADDCOLUMNS ( Own, "@week", forecast_accuracy[target_date] - WEEKDAY ( forecast_accuracy[target_date], 2 ) ), forecast_accuracy[store_key], forecast_accuracy[category], [@week], "@forecast", SUMX ( CURRENTGROUP (), forecast_accuracy[forecast_quantity] ), "@sold", SUMX ( CURRENTGROUP (), forecast_accuracy[actual_quantity] ) )
RETURN 1 - DIVIDE ( SUMX ( Weeks, ABS ( [@forecast] - [@sold] ) ), SUMX ( Weeks, [@sold] ) )`,
    },
    {
      name: 'mape',
      title: 'MAPE',
      meaning: 'Mean of error ÷ units sold over the products of stores that sold, a day ahead.',
      unit: 'share',
      direction: 'down',
      sql: `select avg(absolute_error / actual_quantity) as value from ${known} and actual_quantity > 0`,
      dax: `AVERAGEX ( FILTER ( ${knownRows}, ml_forecast_results[actual_quantity] > 0 ), DIVIDE ( ml_forecast_results[absolute_error], ml_forecast_results[actual_quantity] ) )`,
    },
    {
      name: 'rmse',
      title: 'RMSE',
      meaning: 'Root of the mean squared error over the products of stores, a day ahead.',
      unit: 'units',
      direction: 'down',
      sql: `select sqrt(avg(absolute_error * absolute_error)) as value from ${known}`,
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
