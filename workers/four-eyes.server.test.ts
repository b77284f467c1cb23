/** One person tries to approve alone what two have to approve: by commands, by Temporal as its Web UI does, and by the database's web login. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createPurchaseOrderActivities } from '../activities/purchase-orders/purchase-order.ts'
import { seedOrder, seedSupply } from '../activities/purchase-orders/testing.ts'
import { environmentOf, shelfline } from '../cli/testing.ts'
import { createLogger } from '../platform/log.ts'
import { actingAs } from '../platform/postgres/acting.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts'
import { BATCH_TASK_QUEUE, connectTemporal } from '../platform/temporal/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { SHELFLINE } from '../services/access/actor.ts'
import { listAudit, verifyAudit } from '../services/access/audit.ts'
import { addPerson } from '../services/access/people.ts'
import { createToken } from '../services/access/tokens.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'

const ROOT = join(import.meta.dirname, '..')
const MACHINE_USER = `${userInfo().username}@${hostname()}`
const logger = createLogger({ logLevel: 'error' }, 'test')

let database: TestDatabase
let settings: Settings
let pool: Pool
let client: Client
let worker: ChildProcess
let config: string
let order: string
const tokens = new Map<string, string>()

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const temporalNamespace = `test-${randomBytes(6).toString('hex')}`
  settings = { ...database.settings, temporalNamespace }
  pool = createPool(settings, logger)
  client = await connectTemporal(settings)
  await client.connection.workflowService.registerNamespace({
    namespace: temporalNamespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  })
  await vi.waitFor(() => ensureSearchAttributes(client, searchAttributeNames), { timeout: 60_000, interval: 200 })
  await seedSupply(pool)
  for (const person of ['ann', 'bob']) {
    await addPerson(pool, { person, role: 'buyer' }, SHELFLINE)
    const { token } = await createToken(pool, { person, name: 'test', scopes: ['all'], days: 1 }, SHELFLINE)
    tokens.set(person, token)
  }
  await pool.query(
    `insert into ref.approver (person, role, changed_by) values ('ann', 'director', 'test'), ('bob', 'director', 'test')`,
  )
  // A value that two directors have to approve.
  order = await seedOrder(pool, { location: 'far', lines: { tea: 60_000 } })
  config = mkdtempSync(join(tmpdir(), 'shelfline-config-'))
  worker = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'worker', 'batch'], {
    cwd: ROOT,
    env: environment(),
  })
  worker.stderr!.resume()
  for await (const line of createInterface({ input: worker.stdout! })) if (line.includes('metrics are served')) break
  worker.stdout!.resume()
  await client.workflow.start('purchaseOrder', {
    taskQueue: BATCH_TASK_QUEUE,
    workflowId: `purchase-order-${order}`,
    args: [{ purchaseOrderId: order }],
  })
})
afterAll(async () => {
  worker?.kill('SIGKILL')
  await client?.connection.close()
  await pool?.end()
  await database?.drop()
  if (config) rmSync(config, { recursive: true, force: true })
})

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...environmentOf(settings),
  SHELFLINE_TEMPORAL_NAMESPACE: settings.temporalNamespace,
  SHELFLINE_LOG_LEVEL: 'info',
  XDG_CONFIG_HOME: config,
  ...more,
})
const as = (person: string) => environment({ SHELFLINE_TOKEN: tokens.get(person)! })
const state = async () =>
  (
    await pool.query<{ status: string; approvals: string[] }>(
      `select status, array(
         select acted_by from ops.purchase_order_action as action
         where action.purchase_order_id = orders.purchase_order_id and action = 'approve' order by action_id
       ) as approvals from ops.purchase_order as orders where purchase_order_id = $1`,
      [order],
    )
  ).rows[0]!
const approve = (env: NodeJS.ProcessEnv, ...more: string[]) => shelfline(['orders', 'approve', order, ...more], env)
const update = (input: object, updateId = randomUUID()) =>
  client.workflow
    .getHandle(`purchase-order-${order}`)
    .executeUpdate('approve', { args: [input], updateId })
    .then(
      () => 'approved',
      (error: Error) => (error.cause as Error | undefined)?.message ?? error.message,
    )

test('one person can’t be two', async () => {
  await expect.poll(async () => (await state()).status, { timeout: 90_000 }).toBe('awaiting_approval')
  const first = await approve(as('ann'))
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('1 of 2 approvals given') })

  // Commands: again, under a typed name, as the user of the machine, with a forged login.
  expect((await approve(as('ann'))).error).toContain('ann has already approved it')
  expect(await approve(as('ann'), '--by', 'bob')).toMatchObject({ code: 2, error: expect.stringContaining('--by') })
  expect((await approve(environment())).error).toContain(`${MACHINE_USER} is a user of this machine, not a person`)
  expect((await approve(environment({ USER: 'bob', LOGNAME: 'bob' }))).error).toContain('not a person')
  expect((await shelfline(['access', 'map', MACHINE_USER, 'ann'], as('ann'))).code).toBe(0)
  expect((await approve(environment())).error).toContain('ann has already approved it')
  expect((await shelfline(['access', 'map', MACHINE_USER, 'bob'], as('ann'))).error).toContain('is ann already')
  mkdirSync(join(config, 'shelfline'))
  const forged = {
    address: 'http://127.0.0.1:1',
    token: tokens.get('ann'),
    tokenId: 'x',
    person: 'bob',
    expiresAt: '2099-01-01T00:00:00Z',
  }
  writeFileSync(join(config, 'shelfline', 'login.json'), JSON.stringify(forged))
  expect((await approve(environment())).error).toContain('ann has already approved it')

  // A client of Temporal: a name, the decision of before, one about another order, one that does not exist.
  const unknown = 'who asks to approve it is not known'
  expect(await update({ by: 'bob' })).toContain(unknown)
  expect(await update({ by: 'shelfline' })).toContain(unknown)
  const used = (await pool.query(`select decision_id as id from ops.order_decision where taken_by is not null limit 1`))
    .rows[0].id
  const wrong = 'is unknown, was used, is too old or was about something else'
  expect(await update({ decision: used })).toContain(wrong)
  expect(await update({ decision: randomUUID() })).toContain(wrong)
  expect(await update({ decision: 'bob' })).toContain('is not the id of a decision')
  const ofBob = randomUUID()
  await pool.query(statement('purchase-orders/ask_decision.sql'), [ofBob, order, 'deny', 'bob', '{}'])
  expect(await update({ decision: ofBob })).toContain(wrong)
  // A worker of their own, which asks for the step itself.
  const { stepPurchaseOrder } = createPurchaseOrderActivities({ pool })
  for (const by of ['bob', 'shelfline']) {
    const asked = { purchaseOrderId: order, requestId: `update/${by}`, request: { step: 'approve' as const, by } }
    await expect(stepPurchaseOrder(asked)).rejects.toThrow(unknown)
  }

  // The web application's login, speaking for ann.
  const web = createPool({ ...settings, postgresUrl: settings.postgresWebUrl }, logger)
  const values = [randomUUID(), order, 'approve', 'bob', '{}']
  await expect(actingAs(web, 'ann').query(statement('purchase-orders/ask_decision.sql'), values)).rejects.toThrow(
    'row-level security',
  )
  await web.end()

  expect(await state()).toEqual({ status: 'awaiting_approval', approvals: ['ann'] })
  expect(await approve(as('bob'))).toMatchObject({ code: 0 })
  expect((await state()).approvals).toEqual(['ann', 'bob'])
  const audited = (await listAudit(pool, { object: 'order', action: 'approve' })).items
  expect(audited).toMatchObject([
    { person: 'bob', proof: 'token', via: 'batch', objectId: order },
    { person: 'ann', proof: 'token', via: 'batch', objectId: order },
  ])
  expect(audited[0]!.request).toMatch(/^update\//)
  expect((await verifyAudit(pool)).brokenAt).toBeNull()
})
