import { dashboard, lines, number, rows, variable } from './panels.ts'

export const pipelines = dashboard({
  uid: 'shelfline-pipelines',
  title: 'Pipelines and data quality',
  description:
    'What was built of the daily tables, how fresh it is, which checks failed, and which jobs and activities fail.',
  from: 'now-7d',
  variables: [variable('asset', 'Table', 'select distinct asset from bi.data_freshness order by asset')],
  sections: [
    {
      title: 'Now',
      panels: [
        number(
          'Newest day of sales',
          `select max(last_date)::text as value from bi.data_freshness where asset = 'fact_sales'`,
          {
            description: 'The newest date of fact_sales that can be read.',
            unit: 'string',
          },
        ),
        number('Daily run is late', [['max(shelfline_daily_etl_late)', '']], {
          description: '1 from 09:30 on while the sales of yesterday are not built.',
          bad: 1,
        }),
        number('Partitions that failed', 'select sum(dates_failed) as value from bi.data_freshness', {
          description: 'Dates whose last build failed: `shelfline backfill plan --failed-only` plans them again.',
          bad: 1,
        }),
        number('Partitions that run', 'select sum(dates_running) as value from bi.data_freshness', {
          description: 'Dates that are built now.',
        }),
        number(
          'Checks that failed, 24 h',
          `select count(*) as value from bi.data_quality where not passed and updated_at > now() at time zone 'UTC' - interval '1 day'`,
          {
            description: 'Of all severities.',
            bad: 1,
          },
        ),
        number('Batch workers', [['max(shelfline_workers{kind="batch"})', '']], {
          description: 'Workers with a current heartbeat.',
          bad: 1,
          lowIsBad: true,
        }),
      ],
    },
    {
      title: 'Builds',
      panels: [
        lines(
          'Partitions per hour',
          [['sum by (outcome) (increase(shelfline_partitions_total{asset=~"$asset"}[1h]))', '{{outcome}}']],
          {
            description: 'Partitions that were built and that failed.',
            stacked: true,
          },
        ),
        lines(
          'Rows built',
          [['sum by (asset) (rate(shelfline_partition_rows_total{asset=~"$asset"}[$__rate_interval]))', '{{asset}}']],
          {
            description: 'Rows of the partitions that were built.',
            unit: 'rowsps',
          },
        ),
        lines(
          'Time of a partition, 95 %',
          [
            [
              'histogram_quantile(0.95, sum by (le, asset) (rate(shelfline_partition_seconds_bucket{asset=~"$asset"}[15m])))',
              '{{asset}}',
            ],
          ],
          {
            description: 'From its start to the ledger.',
            unit: 's',
          },
        ),
        rows(
          'Freshness',
          `select asset, first_date, last_date, dates_ready, dates_failed, dates_running, refreshed_at
from bi.data_freshness
where asset = any (array[$asset]::text[])
order by asset`,
          { description: 'What can be read of each table.' },
        ),
        rows(
          'Last builds',
          `select finished_at, asset, business_date, status, reason, rows, duration_ms, error
from bi.pipeline_runs
where asset = any (array[$asset]::text[]) and $__timeFilter(finished_at)
order by finished_at desc
limit 100`,
          { description: 'With the reason: missing, failed, late_data, code_changed, input_changed or forced.' },
        ),
        rows(
          'Backfills',
          `select plans.plan, from_date, to_date, plans.status, applied_at, plans.finished_at, count(cells.plan) as partitions,
  count(*) filter (where cells.status = 'succeeded') as succeeded, count(*) filter (where cells.status = 'failed') as failed
from ops.backfill_plans as plans
left join ops.backfill_cells as cells using (plan)
where $__timeFilter(planned_at)
group by plans.plan
order by max(planned_at) desc
limit 50`,
          { description: '`shelfline backfill status PLAN` follows one.', width: 24 },
        ),
      ],
    },
    {
      title: 'Data quality',
      panels: [
        lines(
          'Checks that failed, per hour',
          [
            [
              'sum by (asset, check, severity) (increase(shelfline_checks_failed_total{asset=~"$asset"}[1h]))',
              '{{asset}} {{check}} ({{severity}})',
            ],
          ],
          {
            description: '`block` prevents publishing the partition, `warn` does not.',
          },
        ),
        lines(
          'Checks by result',
          `select $__timeGroupAlias(updated_at, 1h), case when passed then 'passed' else severity end as metric, count(*) as value
from bi.data_quality
where asset = any (array[$asset]::text[]) and $__timeFilter(updated_at)
group by 1, 2
order by 1`,
          { description: 'Results by the hour in which they were checked.', bars: true, stacked: true },
        ),
        rows(
          'What failed',
          `select updated_at, asset, business_date, check_name, severity, finding, failing_rows
from bi.data_quality
where not passed and asset = any (array[$asset]::text[]) and $__timeFilter(updated_at)
order by updated_at desc
limit 100`,
          { description: '`shelfline ledger show TABLE DAY` shows the failing rows.', width: 24 },
        ),
      ],
    },
    {
      title: 'Jobs, activities, notifications',
      panels: [
        lines(
          'Minute jobs, 95 %',
          [
            [
              'histogram_quantile(0.95, sum by (le, exported_job) (rate(shelfline_minute_job_seconds_bucket[15m])))',
              '{{exported_job}}',
            ],
          ],
          {
            description: 'How long each job of the live state took.',
            unit: 's',
          },
        ),
        lines(
          'Minute jobs that failed, per hour',
          [['sum by (exported_job) (increase(shelfline_minute_job_failures_total[1h]))', '{{exported_job}}']],
          {
            description: 'They run again a minute later.',
          },
        ),
        lines(
          'Rows that minute jobs changed',
          [['sum by (exported_job) (rate(shelfline_minute_job_rows_total[15m]))', '{{exported_job}}']],
          {
            description: 'Per second.',
            unit: 'rowsps',
          },
        ),
        lines(
          'Attempts of activities that failed',
          [
            [
              'sum by (activity, outcome) (increase(shelfline_activity_failures_total[15m]))',
              '{{activity}} ({{outcome}})',
            ],
          ],
          {
            description: 'Within 15 minutes; `retried`, or `final`.',
          },
        ),
        lines('Activities that keep failing', [['max by (activity) (shelfline_activities_retried)', '{{activity}}']], {
          description: 'They failed five times at least and are retried: `shelfline alerts list --type work_retried`.',
        }),
        lines(
          'Notifications',
          [['sum by (channel, status) (increase(shelfline_notifications_total[1h]))', '{{channel}} {{status}}']],
          {
            description: 'Attempts to send, per hour.',
          },
        ),
        rows(
          'Minute jobs',
          'select job, last_finished_at, round(last_ms) as last_ms, failures from ops.minute_job order by position',
          {
            description: 'The last run of each.',
            width: 24,
          },
        ),
      ],
    },
  ],
})
