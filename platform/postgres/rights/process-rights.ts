/**
 * What the role of each process may do in PostgreSQL. What is not here it can't. `migrate` grants it and takes back what is no longer here;
 * `docs/rights.md` is made from it.
 */
import type { WorkerKind } from '../../worker-kinds.ts'
import type { TableClass } from './table-classes.ts'

export const verbs = ['select', 'insert', 'update', 'delete'] as const
export type Verb = (typeof verbs)[number]

/** The web application's role was made before: its rights are columns and rows, in the migrations. */
export type NarrowProcess = Exclude<WorkerKind, 'web'>

export interface ProcessRights {
  purpose: string
  tables: Partial<Readonly<Record<TableClass, readonly Verb[]>>>
  /** Functions that not everybody may call. */
  functions?: readonly string[]
  sequences?: readonly string[]
  /** Makes tables of its own in the schema `staging`, and temporary ones. */
  isStaging?: boolean
  /** Sees how many sessions other roles have, and how long they wait. */
  isMonitoring?: boolean
}

const read = ['select'] as const
const add = ['select', 'insert'] as const
const decide = ['select', 'update'] as const
const change = ['select', 'insert', 'update'] as const
const all = verbs

/** What every worker does: its heartbeat, and whether others are alive. */
const everyWorker = { workers: all, 'positions of streams': read } as const

export const roleOf = <Kind extends WorkerKind>(kind: Kind): `shelfline_${Kind}` => `shelfline_${kind}`

export const processRights: Readonly<Record<NarrowProcess, ProcessRights>> = {
  stream: {
    purpose: 'keeps the live state, the master data and the policies that come as events, and their dead letters',
    tables: {
      ...everyWorker,
      'positions of streams': change,
      'control of streams': read,
      'verdicts on signatures': change,
      'dead letters': change,
      'messages to send': all,
      'unsent messages': all,
      'live state': change,
      'learned state': read,
      'master data': change,
      policies: change,
      // A changed cost replaces rows of `ref.unit_cost`, by a trigger.
      'suppliers and terms': all,
      'senders of events': read,
      // It is sealed again when SHELFLINE_SECRET_KEYS has another first key.
      'key of the lookup of customers': change,
      'keys of customers': add,
      'erasures of customers': read,
      anomalies: change,
      'till closings': change,
      orders: decide,
      deliveries: add,
      models: read,
      ledger: read,
    },
    functions: ['state.ensure_days', 'state.ensure_event_id_months'],
  },
  batch: {
    purpose: 'builds the reports, runs the jobs, plans and processes orders, notifies',
    tables: {
      ...everyWorker,
      'control of streams': read,
      // Old ones lose their content.
      'dead letters': decide,
      'messages to send': add,
      // The job `prune` deletes old ones, and old anomalies.
      'unsent messages': ['select', 'delete'],
      'live state': all,
      'learned state': all,
      'master data': read,
      calendar: add,
      policies: read,
      'suppliers and terms': read,
      'endpoints of suppliers': read,
      'rules of approval': read,
      'routes of notifications': read,
      notifications: all,
      alerts: all,
      anomalies: ['select', 'delete'],
      'till closings': read,
      'reconciliation of tills': read,
      'decisions of jobs': all,
      orders: all,
      deliveries: decide,
      'steps and invoices of orders': add,
      'decisions of people': decide,
      'overrides of forecasts': read,
      models: add,
      'drift and dependence': all,
      ledger: all,
      'audit log': read,
      'checks of the audit log': add,
      'key of pseudonyms': read,
      devices: read,
      'lineage to send': all,
      'models to publish': all,
      // Customers of rows from before there were pseudonyms get their keys; those of erased ones are deleted.
      'key of the lookup of customers': add,
      'keys of customers': ['select', 'insert', 'delete'],
      'erasures of customers': decide,
      'conversions of customers': add,
      'closed runs': decide,
      reports: all,
      'views of the weekly review': read,
    },
    functions: [
      'analytics.aggregate_date',
      'analytics.dates_to_aggregate',
      'analytics.ensure_partitions',
      'analytics.fill_dim_date',
      'analytics.forget_sales_days',
      'analytics.months_of_day',
      'analytics.pseudonym',
      'analytics.refresh_bi',
      'analytics.refresh_markdowns',
      'analytics.refresh_stock_cover',
      'analytics.sum_all_stores',
      'analytics.sum_changed_days',
      'analytics.sum_customers',
      'analytics.sum_forecast_errors',
      'analytics.sum_forecast_weeks',
      'analytics.sum_forecasts',
      'analytics.sum_month',
      'analytics.sum_newest_forecasts',
      'analytics.sum_sales_day',
      'analytics.sum_segments',
      'analytics.sum_slow_movers',
      'analytics.sum_sold_of_forecasts',
      'analytics.sum_stock',
      'analytics.sum_stock_days',
      'ops.end_long_reads',
      'ops.prune_windows',
      'state.days_kept',
      'state.days_max',
      'state.drop_days',
      'state.forget_aged',
      'state.forget_orders',
      'state.forget_prices',
      'state.many_days',
      'state.sum_warehouse_rates',
    ],
    sequences: ['ops.partition_run_numbers'],
    isStaging: true,
    isMonitoring: true,
  },
  receive: {
    purpose: 'knows the registered senders of events and their sealed secrets',
    tables: { ...everyWorker, 'senders of events': read },
  },
  cdc: {
    purpose: 'keeps the rows of captured tables',
    tables: { ...everyWorker, 'maps of changes': read, 'captured changes': all },
  },
  files: {
    purpose: 'reads feeds, and keeps what became of their files',
    tables: { ...everyWorker, feeds: read, 'files of feeds': all },
  },
  avro: {
    purpose: 'records that it runs: it reads and writes Kafka only',
    tables: everyWorker,
  },
  mqtt: {
    purpose: 'knows the registered devices and senders of events, and the time zones of stores',
    tables: { ...everyWorker, devices: read, 'senders of events': read, 'master data': read },
  },
  predict: {
    purpose: 'reads which model is champion, and master data; keeps requests that it can not read',
    tables: { ...everyWorker, 'dead letters': change, 'master data': read, policies: read, models: read },
  },
}

/** Who has rights by {@link processRights}. */
export const narrowProcesses = Object.keys(processRights) as readonly NarrowProcess[]

export const rolesThatStage = narrowProcesses.filter((process) => processRights[process].isStaging).map(roleOf)
export const rolesThatMonitor = narrowProcesses.filter((process) => processRights[process].isMonitoring).map(roleOf)
