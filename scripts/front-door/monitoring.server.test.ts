/**
 * `./scripts/run --monitoring` on an instance of its own: every query of dashboards, rules and alerts is run on what it has recorded, and
 * an alert reaches Alertmanager when a worker is stopped.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { filledIn, filledInExpression, grafanaQueries, variableStatements } from '../../docker/grafana/testing.ts'
import { until } from '../../streams/testing/world.ts'
import { readWorkerRecords } from '../running/workers.ts'
import { Home, type Instance } from '../stack/home.ts'
import { requireMonitors } from '../stack/monitoring.ts'
import { isRunning } from '../stack/processes.ts'
import { type FrontDoor, openFrontDoor } from './instance.ts'

const START_MS_MAX = 1_800_000
const ALERT = { timeout: 300_000, interval: 2_000 }
const root = join(import.meta.dirname, '..', '..')

/** Queries without a result on a healthy instance of some weeks, each with the reason. */
const MAY_BE_EMPTY: Readonly<Record<string, string>> = {
  'Streams / Batches discarded': 'no partition changes its worker',
  'Streams / Oldest message that waits for Kafka': 'nothing waits',
  'Streams / Messages set aside': 'Kafka rejects none',
  'Streams / Skips that wait': 'no message is skipped',
  'Streams / Dead letters by reason': 'the sample violates no contract',
  'Pipelines and data quality / Activities that keep failing': 'none fails',
  'Pipelines and data quality / Attempts of activities that failed': 'none fails',
  'Pipelines and data quality / Notifications': 'no route is set',
  'Pipelines and data quality / Checks that failed, per hour': 'the sample is sound',
  'Pipelines and data quality / What failed': 'the sample is sound',
  'Live sales and inventory / Open alerts by type': 'depends on the newest hours',
  'Live sales and inventory / New alerts by hour': 'depends on the newest hours',
  'Order lifecycle / Proposed lines by day': 'the orders of the morning are in the star schema a day later',
  'Order lifecycle / Transfers': 'the stores have no lanes',
  'Order lifecycle / How suppliers deliver': 'nothing was delivered yet',
  'Models / WAPE by day': 'the forecast days are not over',
  'Models / Bias by day': 'the forecast days are not over',
  'Models / Forecast and sales by day': 'the forecast days are not over',
  'Models / By horizon': 'the forecast days are not over',
  'Models / Drift': 'it is measured from the second week of a model on',
  ConsumerGroupLag: 'no other program reads',
}

const missing = whatIsMissing()
let door: FrontDoor
let instance: Instance
let database: pg.Client
let startedAt: number

function whatIsMissing(): string {
  try {
    requireMonitors()
    return ''
  } catch (error) {
    return ` (left out: ${(error as Error).message})`
  }
}

describe.skipIf(missing !== '')(`a monitored instance${missing}`, () => {
  beforeAll(async () => {
    startedAt = Date.now()
    door = await openFrontDoor({
      words: ['--monitoring', '--free-ports', '--days', '28', '--stores', '3'],
      lastDay: '2017-01-28',
    })
    instance = new Home(door.settings.home).readInstance()!
    // A person looks at the web application.
    await fetch(new URL('/sign-in', addressIn(door.started, 'Shelfline')))
    database = new pg.Client({ connectionString: instance.postgres.dashboardsUrl })
    await database.connect()
    for (const query of ['objective:budget_left', 'rate(shelfline_web_request_seconds_count[1m])']) {
      await until(`values of ${query}`, ALERT.timeout, () => isRecorded(query), 1_000)
    }
  }, START_MS_MAX)

  afterAll(async () => {
    await database?.end()
    await door?.stop()
  }, 120_000)

  const ask = async (path: string, parameters: Record<string, string> = {}): Promise<unknown> => {
    const answer = await fetch(
      `${instance.monitoring!.prometheusUrl}/api/v1/${path}?${new URLSearchParams(parameters)}`,
    )
    const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: unknown }
    expect(error).toBeUndefined()
    expect(status).toBe('success')
    return data
  }
  const recorded = async (query: string): Promise<unknown[]> => {
    const end = Date.now() / 1000
    const range = { start: String(startedAt / 1000), end: String(end), step: '15' }
    return ((await ask('query_range', { query, ...range })) as { result: unknown[] }).result
  }
  const isRecorded = async (query: string) => (await recorded(query)).length > 0

  test('the addresses are printed, and each process that is asked for metrics answers', async () => {
    expect(addressIn(door.started, 'Prometheus')).toBe(instance.monitoring!.prometheusUrl)
    expect(addressIn(door.started, 'Alertmanager')).toBe(instance.monitoring!.alertmanagerUrl)
    const { activeTargets } = (await ask('targets')) as {
      activeTargets: { labels: { job: string }; health: string; lastError: string }[]
    }
    expect(activeTargets.filter(({ health }) => health !== 'up')).toEqual([])
    expect(activeTargets.map(({ labels }) => labels.job).sort()).toEqual(jobNames().sort())
  })

  test('no expression of a dashboard fails, and none is empty by mistake', async () => {
    const empty: string[] = []
    for (const { name, language, text } of grafanaQueries()) {
      if (language === 'promql' && !(await isRecorded(filledInExpression(text)))) empty.push(name)
    }
    expect(empty.filter((name) => !(name in MAY_BE_EMPTY))).toEqual([])
  })

  test('no rule fails, and all that is recorded has values', async () => {
    const { groups } = (await ask('rules')) as {
      groups: { rules: { name: string; type: string; health: string; lastError?: string }[] }[]
    }
    const rules = groups.flatMap((group) => group.rules)
    expect(rules.filter(({ health }) => health === 'err')).toEqual([])
    for (const { name, type } of rules) {
      if (type === 'recording') expect(await isRecorded(name), name).toBe(true)
    }
  })

  test('no statement of a dashboard or an alert fails for its reader, and none is empty by mistake', async () => {
    const values = new Map<string, string[]>()
    for (const [name, text] of variableStatements()) {
      const { rows } = await database.query<string[]>({ text, rowMode: 'array' })
      expect(rows, name).not.toEqual([])
      values.set(
        name,
        rows.map(([value]) => value!),
      )
    }
    const range = { from: new Date('2010-01-01'), to: new Date() }
    const empty: string[] = []
    for (const { name, language, text } of grafanaQueries()) {
      if (language !== 'sql') continue
      const { rowCount } = await database.query(filledIn(text, range, values)).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`)
      })
      if (rowCount === 0) empty.push(name)
    }
    expect(empty.filter((name) => !(name in MAY_BE_EMPTY))).toEqual([])
  })

  test('statements are valid, too, while a variable has no value', async () => {
    const none = new Map([...variableStatements().keys()].map((name) => [name, []]))
    const range = { from: new Date('2010-01-01'), to: new Date() }
    for (const { name, language, text } of grafanaQueries()) {
      if (language === 'sql') await expect(database.query(filledIn(text, range, none)), name).resolves.toBeDefined()
    }
  })

  test('the reader of dashboards changes nothing, and does not hold up others for long', async () => {
    await expect(database.query('create table bi.mine (a int)')).rejects.toThrow(/read-only|permission denied/)
    await expect(database.query('select * from ref.person')).rejects.toThrow('permission denied')
    const { rows } = await database.query<{ limit: number; timeout: string }>(
      `select rolconnlimit as limit, current_setting('statement_timeout') as timeout from pg_roles where rolname = current_user`,
    )
    expect(rows).toEqual([{ limit: 10, timeout: '15s' }])
  })

  test('an alert links to its page, which Prometheus serves', async () => {
    const page = await fetch(`${instance.monitoring!.prometheusUrl}/user/WorkerDown.md`)
    expect(await page.text()).toContain('# WorkerDown')
  })

  test('a worker that is stopped raises an alert, which reaches Alertmanager', async () => {
    const { pid } = readWorkerRecords(new Home(door.settings.home)).find(({ kind }) => kind === 'web')!
    // It neither answers nor ends: no one starts it again.
    process.kill(pid, 'SIGSTOP')
    try {
      const firing = async () => {
        const answer = await fetch(`${instance.monitoring!.alertmanagerUrl}/api/v2/alerts`)
        const alerts = (await answer.json()) as {
          labels: Record<string, string>
          annotations: Record<string, string>
        }[]
        return alerts.find(({ labels }) => labels.alertname === 'WorkerDown' && labels.job === 'worker-web')
      }
      await expect.poll(firing, ALERT).toMatchObject({
        labels: { severity: 'warning', instance: 'web' },
        annotations: { runbook_url: `${instance.monitoring!.prometheusUrl}/user/WorkerDown.md` },
      })
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  })

  test('both end with the run', async () => {
    const home = new Home(door.settings.home)
    const records = (['prometheus', 'alertmanager'] as const).map((name) => home.readServer(name)!)
    expect(records.map(isRunning)).toEqual([true, true])
    await database.end()
    await door.stop()
    expect(records.map(isRunning)).toEqual([false, false])
  })
})

const addressIn = (printed: string, name: string): string =>
  new RegExp(`^ *${name}: (\\S+)$`, 'm').exec(printed)?.[1] ?? `no address of ${name} is printed`

const jobNames = (): string[] =>
  (
    parse(readFileSync(join(root, 'docker', 'prometheus', 'prometheus.yaml'), 'utf8')) as {
      scrape_configs: { job_name: string }[]
    }
  ).scrape_configs.map(({ job_name }) => job_name)
