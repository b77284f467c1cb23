import { dashboard, lines, number, rows, variable } from './panels.ts'

export const models = dashboard({
  uid: 'shelfline-models',
  title: 'Models',
  description: 'How good the forecasts were, whether the data has drifted, and what was trained and promoted.',
  from: 'now-30d',
  variables: [variable('model', 'Model', 'select distinct model_name from ops.model_version order by model_name')],
  sections: [
    {
      title: 'Now',
      panels: [
        number(
          'Champions',
          `select count(distinct model_name) as value from ops.model_alias_log where alias = 'champion'`,
          {
            description: 'Models that have a version in use.',
          },
        ),
        number('Newest forecast', 'select max(forecast_date)::text as value from bi.fact_forecast', {
          description: 'The morning of the newest forecasts.',
          unit: 'string',
        }),
        number(
          'Days since training',
          `select extract(epoch from now() - max(created_at)) as value from ops.model_version where model_name = any (array[$model]::text[])`,
          {
            description: 'Since the newest version of the chosen models was made.',
            unit: 's',
            bad: 14 * 86_400,
          },
        ),
        number(
          'Drifted, newest day',
          `select count(*) filter (where is_drifted) as value from bi.model_drift
where model_name = any (array[$model]::text[]) and drift_date = (select max(drift_date) from bi.model_drift)`,
          {
            description: 'Features and errors beyond their limits on the newest day: `shelfline models drift`.',
            bad: 1,
          },
        ),
        number(
          'WAPE, newest day',
          `select sum(absolute_error) / nullif(sum(actual_quantity), 0) as value from bi.forecast_accuracy
where horizon_days = 1 and target_date = (select max(target_date) from bi.forecast_accuracy where actual_quantity > 0)`,
          {
            description: 'Sum of absolute errors by sum of sales, one day ahead.',
            unit: 'percentunit',
          },
        ),
        number(
          'Within the 80 % interval',
          `select sum(covered_80)::numeric / nullif(sum(intervals), 0) as value from bi.forecast_accuracy
where target_date = (select max(target_date) from bi.forecast_accuracy where intervals > 0)`,
          {
            description: 'Share of sales of the newest day between the 10 % and the 90 % forecast; 80 % is right.',
            unit: 'percentunit',
          },
        ),
      ],
    },
    {
      title: 'Forecasts',
      panels: [
        lines(
          'WAPE by day',
          `select target_date::timestamp as time, model_name || ' ' || model_version as metric,
  sum(absolute_error) / nullif(sum(actual_quantity), 0) as value
from bi.forecast_accuracy
where horizon_days = 1 and $__timeFilter(target_date::timestamp)
group by 1, 2
order by 1`,
          { description: 'One day ahead; smaller is better.', unit: 'percentunit', width: 12 },
        ),
        lines(
          'Bias by day',
          `select target_date::timestamp as time, model_name || ' ' || model_version as metric,
  sum(forecast_quantity - actual_quantity) / nullif(sum(actual_quantity), 0) as value
from bi.forecast_accuracy
where horizon_days = 1 and $__timeFilter(target_date::timestamp)
group by 1, 2
order by 1`,
          { description: 'Above 0: more was forecast than sold.', unit: 'percentunit', width: 12 },
        ),
        lines(
          'Forecast and sales by day',
          `select target_date::timestamp as time, series.metric, sum(series.value) as value
from bi.forecast_accuracy
cross join lateral (values ('forecast', forecast_quantity), ('sold', actual_quantity)) as series (metric, value)
where horizon_days = 1 and $__timeFilter(target_date::timestamp)
group by 1, 2
order by 1`,
          { description: 'Units of all stores and products.', width: 12 },
        ),
        rows(
          'By horizon',
          `select horizon_days, model_name, model_version, sum(forecasts) as forecasts,
  round(sum(absolute_error) / nullif(sum(actual_quantity), 0), 4) as wape,
  round(sum(forecast_quantity - actual_quantity) / nullif(sum(actual_quantity), 0), 4) as bias
from bi.forecast_accuracy
where $__timeFilter(target_date::timestamp)
group by horizon_days, model_name, model_version
order by model_name, model_version desc, horizon_days`,
          { description: 'Days ahead.' },
        ),
        lines(
          'Forecasts made',
          `select forecast_date::timestamp as time, model_name as metric, count(*) as value
from bi.fact_forecast
where $__timeFilter(forecast_date::timestamp)
group by 1, 2
order by 1`,
          { description: 'Rows by the morning that they were made.', bars: true, width: 24 },
        ),
      ],
    },
    {
      title: 'Training and drift',
      panels: [
        rows(
          'Versions',
          `select versions.model_name, versions.version, created_at, trained_through, training_rows, duration_ms, decision,
  (select max(changed_at) from ops.model_alias_log as log
   where log.model_name = versions.model_name and log.version = versions.version) as promoted_at
from ops.model_version as versions
where versions.model_name = any (array[$model]::text[])
order by created_at desc
limit 50`,
          { description: '`shelfline models show MODEL` shows the evidence of each.' },
        ),
        rows(
          'Drift',
          `select drift_date, model_name, kind, subject, store_id, value, threshold, is_drifted, message
from bi.model_drift
where model_name = any (array[$model]::text[]) and $__timeFilter(drift_date::timestamp)
order by drift_date desc, is_drifted desc, value / nullif(threshold, 0) desc nulls last
limit 100`,
          { description: 'Each against its limit, which depends on the number of rows.' },
        ),
      ],
    },
  ],
})
