/** Versions and champions of our registry in MLflow: in one of this test, which refuses and stays away, and in a real one where there is one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../../platform/log.ts'
import { createPool, type Pool } from '../../../platform/postgres/postgres.ts'
import { loadSettings } from '../../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing.ts'
import { promote, registerVersion } from '../versions.ts'
import { relayToMlflow } from './relay.ts'
import { createMlflowServer } from './server.ts'

const logger = createLogger({ logLevel: 'silent' }, 'test')
const names = { prefix: 'shop-', bucket: 's3://shelfline' }

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, logger)
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})
/** Versions stay in the registry: each test has a model of its own. */
let model = ''
beforeEach(async () => {
  model = `demand-${randomUUID().slice(0, 8)}`
  await pool.query('delete from ops.mlflow_outbox')
})

const registered = (version: number, metrics = 3) =>
  registerVersion(pool, {
    model,
    version,
    artefact: `lake/models/demand/v${version}`,
    decision: 'promoted: the first version',
    trainedFrom: '2017-01-01',
    trainedThrough: '2017-02-28',
    codeVersion: 'c1',
    seed: 1,
    parameters: { rounds: 200, booster: { depth: 6, objective: 'reg:tweedie' }, features: ['a', 'b'] },
    inputs: { 'features/demand': 7 },
    trainingRows: 1000,
    durationMs: 5000,
    workflowId: 'train-models-2017-03-01',
    metrics: Array.from({ length: metrics }, (_, index) => ({
      candidate: 'model',
      segment: index === 0 ? 'all' : `Fruit & veg ${index}`,
      horizon: '1-7',
      metric: 'wape',
      value: 0.3 + index,
      rows: 10,
    })),
  })
const promoted = (version: number) => promote(pool, { model, version, by: 'ann', reason: 'better' })

const waiting = async () =>
  (
    await pool.query(
      'select version, change is not null as alias, error, refused_at is not null as refused from ops.mlflow_outbox order by entry',
    )
  ).rows as { version: number; alias: boolean; error: string | null; refused: boolean }[]
const isEmpty = async () => (await waiting()).length === 0

/** Runs the relay until what is expected of it has happened. */
async function relayed(
  url: string,
  until: () => Promise<boolean>,
  token = 'token',
  requestMsMax?: number,
): Promise<Registry> {
  const registry = new Registry()
  const server = createMlflowServer({ mlflowUrl: url, mlflowToken: token }, requestMsMax)!
  const relay = relayToMlflow({ pool, server, names, logger, registry, everyMs: 20 })
  await expect.poll(until, { timeout: 60_000 }).toBe(true)
  await relay.stop()
  return registry
}

type Content = Record<string, unknown>

/** As much of MLflow as we use. */
class Stub {
  readonly server: Server
  readonly experiments: string[] = []
  readonly runs: { id: string; tags: Content[]; params: Content[]; metrics: Content[]; status: string }[] = []
  readonly versions: { name: string; version: string; run_id: string; source: string }[] = []
  readonly models = new Set<string>()
  readonly aliases: [string, string][] = []
  /** Answers in the place of the server where it gives something. */
  instead: (path: string, content: Content, response: ServerResponse) => boolean = () => false

  constructor() {
    this.server = createServer((request, response) => void this.#answer(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url)
    const body = await text(request)
    const content = (body === '' ? Object.fromEntries(url.searchParams) : JSON.parse(body)) as Content
    const path = url.pathname.replace('/api/2.0/mlflow/', '')
    const answer = (status: number, json: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    if (request.headers.authorization !== 'Bearer token') return void answer(401, { message: 'sign in' })
    if (this.instead(path, content, response)) return
    const made = this.#made(path, content)
    if (typeof made === 'string')
      answer(made === 'RESOURCE_DOES_NOT_EXIST' ? 404 : 400, { error_code: made, message: made })
    else answer(200, made)
  }

  #made(path: string, content: Content): object | string {
    const run = this.runs.find(({ id }) => id === content.run_id)
    switch (path) {
      case 'experiments/get-by-name': {
        const index = this.experiments.indexOf(String(content.experiment_name))
        return index < 0
          ? 'RESOURCE_DOES_NOT_EXIST'
          : { experiment: { experiment_id: `${index}`, lifecycle_stage: 'active' } }
      }
      case 'experiments/create':
        return { experiment_id: `${this.experiments.push(String(content.name)) - 1}` }
      case 'runs/search': {
        const found = this.runs.filter(({ tags }) => String(content.filter).endsWith(`'${String(tags[0]!.value)}'`))
        return found.length === 0 ? {} : { runs: found.map(({ id, status }) => ({ info: { run_id: id, status } })) }
      }
      case 'runs/create': {
        const id = `run-${this.runs.length}`
        this.runs.push({ id, tags: content.tags as Content[], params: [], metrics: [], status: 'RUNNING' })
        return { run: { info: { run_id: id, status: 'RUNNING' } } }
      }
      case 'runs/log-batch':
        run!.params.push(...((content.params as Content[]) ?? []))
        run!.metrics.push(...((content.metrics as Content[]) ?? []))
        return {}
      case 'runs/update':
        run!.status = String(content.status)
        return {}
      case 'registered-models/create': {
        const name = String(content.name)
        if (this.models.has(name)) return 'RESOURCE_ALREADY_EXISTS'
        this.models.add(name)
        return {}
      }
      case 'model-versions/search':
        return {
          model_versions: this.versions.filter(({ run_id }) => String(content.filter) === `run_id = '${run_id}'`),
        }
      case 'model-versions/create': {
        const version = `${this.versions.length + 1}`
        this.versions.push({
          name: String(content.name),
          version,
          run_id: String(content.run_id),
          source: String(content.source),
        })
        return { model_version: { version } }
      }
      case 'registered-models/alias':
        this.aliases.push([String(content.alias), String(content.version)])
        return {}
      default:
        return 'ENDPOINT_NOT_FOUND'
    }
  }
}

describe('a server that', () => {
  let stub: Stub
  beforeEach(async () => {
    stub = new Stub()
    stub.server.listen(0, '127.0.0.1')
    await once(stub.server, 'listening')
    return () => {
      stub.server.closeAllConnections()
      stub.server.close()
    }
  })

  test('answers has every version once, with its run, and the newest champion', async () => {
    await registered(1, 2_000)
    await promoted(1)
    await registered(2)
    await promoted(2)
    await promoted(1)
    const metrics = await (await relayed(stub.url, isEmpty)).metrics()
    expect(metrics).toContain('shelfline_mlflow_entries_total{outcome="accepted"} 5')
    expect(metrics).toContain('shelfline_mlflow_waiting 0')
    expect(stub.experiments).toEqual([`shop-${model}`])
    expect(stub.versions.map(({ version, source }) => [version, source])).toEqual([
      ['1', 's3://shelfline/lake/models/demand/v1'],
      ['2', 's3://shelfline/lake/models/demand/v2'],
    ])
    expect(stub.aliases.map(([alias, version]) => `${alias} ${version}`)).toEqual([
      'champion 1',
      'champion 2',
      'champion 1',
    ])
    expect(stub.runs.map(({ status }) => status)).toEqual(['FINISHED', 'FINISHED'])
    expect(stub.runs[0]!.metrics).toHaveLength(2_000)
    expect(stub.runs[0]!.metrics[1]).toMatchObject({ key: 'model/wape/Fruit _ veg 1/1-7', value: 1.3 })
    expect(stub.runs[0]!.params).toEqual(
      expect.arrayContaining([
        { key: 'parameters.booster.depth', value: '6' },
        { key: 'parameters.features', value: '["a","b"]' },
        { key: 'trained_through', value: '2017-02-28' },
      ]),
    )
  })

  test.each([
    ['answers 503', (response: ServerResponse) => response.writeHead(503).end('later')],
    ['redirects', (response: ServerResponse) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['answers with a page', (response: ServerResponse) => response.writeHead(200).end('<html>')],
    ['ends the connection', (response: ServerResponse) => response.destroy()],
    ['does not answer', () => undefined],
  ])('%s is asked again, and nothing is there twice', async (_, fail) => {
    await registered(1)
    await promoted(1)
    let failures = 4
    stub.instead = (path, __, response) => {
      // It has done its part before: the answer is lost.
      if (path !== 'model-versions/create' || failures-- <= 0) return false
      fail(response)
      return true
    }
    await relayed(stub.url, isEmpty, 'token', 300)
    expect(failures).toBeLessThan(0)
    expect(stub.runs).toHaveLength(1)
    expect(stub.versions).toHaveLength(1)
    expect(stub.aliases).toEqual([['champion', '1']])
  })

  test('refuses one version for good holds up no other', async () => {
    await registered(1)
    await registered(2)
    stub.instead = (path, content, response) => {
      if (path !== 'model-versions/create' || !String(content.source).endsWith('v1')) return false
      response.writeHead(400).end(JSON.stringify({ error_code: 'INVALID_PARAMETER_VALUE', message: 'no such place' }))
      return true
    }
    const registry = await relayed(stub.url, async () => (await waiting()).length === 1 && stub.versions.length === 1)
    expect(await waiting()).toEqual([
      { version: 1, alias: false, error: expect.stringContaining('answers 400: no such place'), refused: true },
    ])
    expect(await registry.metrics()).toContain('shelfline_mlflow_refused 1')
  })

  test('does not let us in is waited for', async () => {
    await registered(1)
    await relayed(stub.url, async () => (await waiting())[0]?.error?.includes('answers 401') ?? false, 'another')
    expect(await waiting()).toMatchObject([{ refused: false }])
  })

  test('two processes send to has each version once', async () => {
    for (let version = 1; version <= 12; version += 1) await registered(version)
    await Promise.all([relayed(stub.url, isEmpty), relayed(stub.url, isEmpty)])
    expect(stub.runs).toHaveLength(12)
    expect(stub.versions).toHaveLength(12)
  })
})

/** `python3 -m venv mlflow && mlflow/bin/pip install mlflow` makes one: `SHELFLINE_TEST_MLFLOW=mlflow/bin/mlflow`. */
const MLFLOW = process.env.SHELFLINE_TEST_MLFLOW ?? 'mlflow'
const hasMlflow = spawnSync(MLFLOW, ['--version']).status === 0
test('a real MLflow shows versions, metrics, parameters and the champion', { timeout: 300_000 }, async ({ skip }) => {
  if (!hasMlflow) skip('there is no mlflow here: SHELFLINE_TEST_MLFLOW names the command of one')
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-'))
  const { child, url } = await startMlflow(folder)
  try {
    await registered(1, 1_500)
    await promoted(1)
    await registered(2)
    await promoted(2)
    await relayed(url, isEmpty, '')
    // What an answer was lost of is sent again.
    await pool.query('insert into ops.mlflow_outbox (model_name, version) values ($1, 1), ($1, 2)', [model])
    await promoted(1)
    await relayed(url, isEmpty, '')
    const ask = async <Answer>(path: string, init?: RequestInit) =>
      (await (await fetch(`${url}/api/2.0/mlflow/${path}`, init)).json()) as Answer
    const { registered_model: found } = await ask<{
      registered_model: { aliases: { alias: string; version: string }[] }
    }>(`registered-models/get?name=shop-${model}`)
    expect(found.aliases).toEqual([{ alias: 'champion', version: '1' }])
    const { model_versions: versions } = await ask<{
      model_versions: { version: string; source: string; run_id: string }[]
    }>(`model-versions/search?filter=${encodeURIComponent(`name = 'shop-${model}'`)}`)
    expect(versions.map(({ version, source }) => [version, source]).sort()).toEqual([
      ['1', 's3://shelfline/lake/models/demand/v1'],
      ['2', 's3://shelfline/lake/models/demand/v2'],
    ])
    const first = versions.find(({ version }) => version === '1')!
    const { run } = await ask<{ run: { info: { status: string }; data: { metrics: object[]; params: object[] } } }>(
      `runs/get?run_id=${first.run_id}`,
    )
    expect(run.info.status).toBe('FINISHED')
    expect(run.data.metrics).toHaveLength(1_500)
    expect(run.data.params).toEqual(
      expect.arrayContaining([{ key: 'parameters.booster.objective', value: 'reg:tweedie' }]),
    )
    const { runs } = await ask<{ runs: object[] }>('runs/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ experiment_ids: ['1'] }),
    })
    expect(runs).toHaveLength(2)
  } finally {
    process.kill(-child.pid!, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})

async function startMlflow(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((closed) => probe.close(closed))
  const store = ['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`, '--default-artifact-root', folder]
  const child = spawn(MLFLOW, ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store], {
    cwd: folder,
    stdio: 'ignore',
    detached: true,
  })
  const url = `http://127.0.0.1:${port}`
  await expect
    .poll(
      () =>
        fetch(`${url}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: 240_000, interval: 500 },
    )
    .toBe(true)
  return { child, url }
}
