import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { temporalConnection } from '../platform/temporal/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { findSecrets, type SearchOptions, secretsOf } from './secrets-left.ts'
import { Home } from './stack/home.ts'

/** Generated for these tests: the instance that they run on is searched for its own. */
const secrets = Object.fromEntries(['file', 'table', 'history'].map((name) => [name, randomBytes(12).toString('hex')]))

const folder = mkdtempSync(join(tmpdir(), 'shelfline-secrets-'))
const namespace = loadSettings().temporalNamespace
let database: TestDatabase
let options: SearchOptions

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const home = new Home(folder)
  home.create()
  const instance = new Home(loadSettings().home).readInstance()!
  const databases = [new URL(database.url).pathname.slice(1)]
  options = { home, instance, secrets, settings: loadSettings(), databases, namespaces: [namespace] }
})
afterAll(async () => {
  await database?.drop()
  rmSync(folder, { recursive: true })
})

test('finds nothing where nothing is', async () => {
  options.home.writePrivate('secrets.json', secrets)
  expect(await findSecrets(options)).toEqual([])
})

test('finds a secret in a log, in any column of a table and in what a workflow was given, and does not show it', async () => {
  writeFileSync(options.home.path('logs', 'worker.log'), `{"error":"at postgres://u:${secrets.file}@h"}\n`)
  const client = new pg.Client(database.url)
  await client.connect()
  try {
    await client.query(
      `insert into ops.backfill_plans (plan, assets, from_date, to_date, forced, failed_only)
       values ('p', array[$1], '2024-05-01', '2024-05-01', false, false)`,
      [`x ${secrets.table}`],
    )
  } finally {
    await client.end()
  }
  const workflowId = `secrets-${randomUUID()}`
  const connection = await Connection.connect(temporalConnection(loadSettings()))
  const workflow = await new Client({ connection, namespace }).workflow.start('none', {
    taskQueue: workflowId,
    workflowId,
    args: [{ error: `at ${secrets.history}` }],
  })
  try {
    // Temporal lists a workflow a moment after it has begun.
    await expect
      .poll(async () => (await findSecrets(options)).sort(), { timeout: 30_000 })
      .toEqual([
        'file is in logs/worker.log',
        `history is in the history of ${workflowId} (${namespace})`,
        // The audit log has what was changed.
        `table is in table ${options.databases![0]}: ops.audit`,
        `table is in table ${options.databases![0]}: ops.backfill_plans`,
      ])
  } finally {
    await workflow.terminate()
    await connection.close()
  }
})

test('looks for every password of an instance', () => {
  const names = ['postgresSuperuser', 'postgresMigrate', 'postgresApp', 'postgresBiReader', 'objectStoreSecretKey']
  expect(Object.keys(secretsOf(new Home(loadSettings().home)))).toEqual(expect.arrayContaining(names))
})
