import { Counter, Histogram, type Registry } from 'prom-client'

export interface BatchMetrics {
  partitionBuilt(asset: string, rows: number, milliseconds: number): void
  partitionFailed(asset: string): void
  checkFailed(asset: string, check: string, severity: 'block' | 'warn'): void
  minuteJobRan(job: string, changed: number, milliseconds: number, isFailed: boolean): void
  notificationTried(channel: string, status: 'sent' | 'waiting' | 'dead'): void
}

/** Counts what the batch side builds; served at `/metrics`. */
export function createBatchMetrics(registry: Registry): BatchMetrics {
  const registers = [registry]
  const partitions = new Counter({
    name: 'shelfline_partitions_total',
    help: 'Partitions that were built or failed, by asset.',
    labelNames: ['asset', 'outcome'],
    registers,
  })
  const rows = new Counter({
    name: 'shelfline_partition_rows_total',
    help: 'Rows of the partitions that were built, by asset.',
    labelNames: ['asset'],
    registers,
  })
  const seconds = new Histogram({
    name: 'shelfline_partition_seconds',
    help: 'Seconds that a partition took from its start to the ledger.',
    labelNames: ['asset'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800],
    registers,
  })
  const checks = new Counter({
    name: 'shelfline_checks_failed_total',
    help: 'Checks that failed, by asset, check and severity.',
    labelNames: ['asset', 'check', 'severity'],
    registers,
  })
  const jobRows = new Counter({
    name: 'shelfline_minute_job_rows_total',
    help: 'Rows that a minute job changed.',
    labelNames: ['job'],
    registers,
  })
  const jobFailures = new Counter({
    name: 'shelfline_minute_job_failures_total',
    help: 'Runs of a minute job that failed.',
    labelNames: ['job'],
    registers,
  })
  const jobSeconds = new Histogram({
    name: 'shelfline_minute_job_seconds',
    help: 'Seconds that a minute job took.',
    labelNames: ['job'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const notifications = new Counter({
    name: 'shelfline_notifications_total',
    help: 'Attempts to send a notification, by channel and result.',
    labelNames: ['channel', 'status'],
    registers,
  })
  return {
    partitionBuilt(asset, rowCount, milliseconds) {
      partitions.inc({ asset, outcome: 'built' })
      rows.inc({ asset }, rowCount)
      seconds.observe({ asset }, milliseconds / 1000)
    },
    partitionFailed: (asset) => partitions.inc({ asset, outcome: 'failed' }),
    minuteJobRan(job, changed, milliseconds, isFailed) {
      jobRows.inc({ job }, changed)
      jobSeconds.observe({ job }, milliseconds / 1000)
      jobFailures.inc({ job }, isFailed ? 1 : 0)
    },
    notificationTried: (channel, status) => notifications.inc({ channel, status }),
    checkFailed: (asset, check, severity) => checks.inc({ asset, check, severity }),
  }
}
