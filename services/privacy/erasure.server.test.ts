import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lookupCustomer } from '../../activities/privacy/customer.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { isPseudonym, pseudonymOf } from '../../streams/privacy/pseudonyms.ts'
import { verifyState } from '../../streams/runtime/verify.ts'
import { createWorld, until, type World } from '../../streams/testing/world.ts'
import { named } from '../access/testing.ts'
import { type ErasureDependencies, eraseCustomer, finishErasure, listErasures } from './erasure.ts'
import { exportCustomer } from './export.ts'
import { openErasing } from './testing.ts'

/** Nothing else in the database is written like them. */
const ANN = 'loyalty-7731-ann-æ'
const BOB = 'loyalty-8842-bob'
const CAROL = 'loyalty-9953-carol'
const by = named('admin')
const DAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
const EARLIER = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)

let world: World
let owner: Pool
let erasing: Awaited<ReturnType<typeof openErasing>>
let dependencies: ErasureDependencies

beforeAll(async () => {
  world = await createWorld({ lakePrefix: `test/privacy-${process.pid}` })
  const { settings, pool, logger } = world
  owner = createPool({ ...settings, postgresUrl: settings.postgresMigrateUrl }, logger)
  erasing = await openErasing(world)
  dependencies = erasing.dependencies
  await pool.query(`insert into ref.stores values ('s1', 'S', 'r', 'UTC', 'UK', 'GBP', now())`)
  await pool.query(`insert into ref.products (product_id, name, recorded_at) values ('p1', 'Tea', now())`)
})
afterAll(async () => {
  await erasing?.close()
  await owner?.end()
  await world?.close()
})

const envelope = (event_id: string, date: string) => ({
  event_id,
  source: 'test',
  schema_version: 1,
  event_at: `${date}T10:00:00+00:00`,
  store_id: 's1',
})
const sale = (id: string, customer_id: string, date: string) => ({
  ...envelope(id, date),
  transaction_id: `t-${id}`,
  line_no: 1,
  product_id: 'p1',
  quantity: '2',
  unit_price: '3',
  discount: '0',
  customer_id,
  payment_method: 'card',
})
const pick = (id: string, customer_id: string, date: string) => ({
  ...envelope(id, date),
  shelf_id: 'sh1',
  product_id: 'p1',
  event_type: 'pickup',
  customer_id,
  quantity: '3',
})
const visit = (id: string, customer_id: string, date: string) => ({
  ...envelope(id, date),
  customer_id,
  event_type: 'order_created',
  order_id: `o-${id}`,
})

/** Every file of a folder, as bytes. */
function* filesOf(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) yield* filesOf(path)
    else if (found?.isFile()) yield path
  }
}

/** Everything that a copy of the database has, as text: each table by `copy`, bytes unescaped. */
async function dumpOf(): Promise<Buffer> {
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where relkind in ('r', 'm') and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_'`,
  )
  const parts: Buffer[] = []
  for (const { name } of rows) {
    const dumped = await owner.query<{ row: string }>(`select own::text as row from ${name} as own`)
    for (const { row } of dumped.rows) {
      parts.push(Buffer.from(row))
      for (const [, hex] of row.matchAll(/\\\\?x([0-9a-f]{2,})/g)) parts.push(Buffer.from(hex!, 'hex'))
    }
  }
  return Buffer.concat(parts)
}

/** All objects of the lake: Parquet as the text of its rows, other files as they are. */
async function bucketOf(): Promise<Buffer> {
  const { objectStore, connection } = dependencies
  const parts: Buffer[] = []
  for await (const { key } of objectStore.list(`${world.settings.lakePrefix}/`)) {
    parts.push((await objectStore.get(key))!)
    if (!key.endsWith('.parquet')) continue
    const file = `read_parquet(${literal(`s3://${world.settings.objectStoreBucket}/${key}`)}, hive_partitioning = false)`
    const reader = await connection.runAndReadAll(`select * from ${file}`)
    parts.push(Buffer.from(JSON.stringify(reader.getRowObjectsJson())))
  }
  return Buffer.concat(parts)
}

const names = async (column = 'customer_id') => {
  const { lake, connection } = dependencies
  const raw = await (await lake.table(rawTableName('pos_transactions'))).scan()
  const reader = await connection.runAndReadAll(`select distinct ${column} from ${raw} where ${column} is not null`)
  return reader.getRows().map(([name]) => String(name))
}

describe('a customer', () => {
  test('is a pseudonym in all that is made of valid events, the same in each of them', async () => {
    const { topics, pool } = world
    await topics.send('pos_transactions', [
      sale('a1', ANN, DAY),
      sale('a2', ANN, EARLIER),
      sale('b1', BOB, DAY),
      // It breaks its contract, and names the customer.
      { ...sale('a3', ANN, DAY), quantity: 'two' },
    ])
    await topics.send('shelf_events', [pick('a4', ANN, DAY), pick('b2', BOB, DAY)])
    await topics.send('customer_events', [visit('a5', ANN, DAY)])
    await world.start(['shelf_state', 'enriched_sales', 'online_orders', 'raw_sink'])
    await world.consumed('shelf_state', 6)
    await world.consumed('online_orders', 1)
    await world.consumed('enriched_sales', 4)
    await world.consumed('raw_sink', 7)
    const inLake = await names()
    expect(inLake).toHaveLength(2)
    expect(inLake.every(isPseudonym)).toBe(true)
    const { rows } = await pool.query<{ name: string }>(
      `select customer_id as name from state.basket union select customer_id from state.sale_line order by name`,
    )
    expect(rows.map(({ name }) => name)).toEqual(inLake.sort())
    const orders = await pool.query<{ name: string }>('select customer_id as name from state.online_order')
    expect(inLake).toContain(orders.rows[0]!.name)
    // The message that breaks its contract is kept as it came.
    expect((await dumpOf()).includes(ANN)).toBe(true)
  })

  test('is exported with every row, which the audit log has without the id', async () => {
    const rows = []
    for await (const row of exportCustomer(dependencies, ANN, 'asked by letter')) rows.push(row)
    expect(new Set(rows.map(({ table }) => table))).toEqual(
      new Set([
        'state.basket',
        'state.sale_line',
        'state.online_order',
        'ops.dead_letters',
        'lake raw/pos_transactions',
        'lake raw/shelf_events',
        'lake raw/customer_events',
      ]),
    )
    const { rows: entries } = await world.pool.query(
      `select object, action, after ->> 'why' as why, (after ->> 'rows')::integer as rows from ops.audit where object = 'customer' order by audit_id`,
    )
    const entry = { object: 'customer', action: 'read', why: 'asked by letter' }
    expect(entries).toEqual([
      { ...entry, rows: null },
      { ...entry, rows: rows.length },
    ])
  })

  test('is not exported without an entry, also when only the first row is read, and not with the id in the reason', async () => {
    const first = await exportCustomer(dependencies, ANN, 'asked by telephone').next()
    expect(first.done).toBe(false)
    const { rowCount } = await world.pool.query(`select from ops.audit where after ->> 'why' = 'asked by telephone'`)
    expect(rowCount).toBe(1)
    await expect(exportCustomer(dependencies, ANN, `${ANN} asked`).next()).rejects.toMatchObject({ code: 'invalid' })
    expect((await dumpOf()).includes(`${ANN} asked`)).toBe(false)
  })

  test('is refused as a part of the reason, which is kept', async () => {
    await expect(eraseCustomer(dependencies, ANN, { by, why: `${ANN} asked` })).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  test('is erased everywhere: no byte of the id or the pseudonym is left', async () => {
    const { pool, settings } = world
    const before = new Map<string, unknown>()
    const sums = async () =>
      (await pool.query('select store_id, product_id, picked, unpicked_sales from state.shelf order by 1, 2')).rows
    before.set('shelves', await sums())
    const pseudonyms = new Set(await names())
    const erasure = await eraseCustomer(dependencies, ANN, { by, why: 'asked by letter' }, { waitMs: 30_000 })
    expect(erasure).toMatchObject({ waitsFor: [], proof: { found: {} } })
    expect(erasure.finishedAt).not.toBeNull()
    expect(erasure.found).toMatchObject({
      'lake raw/pos_transactions': 2,
      'lake raw/pos_transactions, payload': 1,
      'lake raw/shelf_events': 1,
      'lake raw/customer_events': 1,
      'state.basket': 2,
      'state.sale_line': 2,
      'state.online_order': 1,
    })
    const left = await names()
    expect(left).toHaveLength(3)
    const old = [...pseudonyms].find((name) => !left.includes(name))!
    const dump = await dumpOf()
    const bucket = await bucketOf()
    for (const name of [ANN, old]) {
      expect(dump.includes(name), `${name} in the database`).toBe(false)
      expect(bucket.includes(name), `${name} in the bucket`).toBe(false)
      for (const file of filesOf(join(settings.home, 'logs'))) {
        expect(readFileSync(file).includes(name), `${name} in ${file}`).toBe(false)
      }
    }
    // Stock, takings and the other customer are what they were, and the lake has the same as the live state.
    expect(await sums()).toEqual(before.get('shelves'))
    expect(dump.includes(BOB)).toBe(false)
    expect((await verifyState(settings, pool)).isEqual).toBe(true)
  })

  test('who gets a key while their erasure begins is erased with it', async () => {
    const { pool } = world
    const lookup = await lookupCustomer(pool, dependencies.vault, CAROL)
    const key = randomBytes(16)
    const client = await pool.connect()
    await client.query('begin')
    await client.query('insert into ref.customer_key (lookup, key) values ($1, $2)', [lookup, key])
    await client.query(
      `insert into state.online_order (store_id, order_id, customer_id, last_event_at) values ('s1', 'o-carol', $1, now())`,
      [pseudonymOf(key, CAROL)],
    )
    const erasing = eraseCustomer(dependencies, CAROL, { by, why: 'asked by letter' }, { waitMs: 30_000 })
    await until('the erasure waits for the key', 30_000, async () => {
      const { rows } = await pool.query<{ waiting: number }>(
        `select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows[0]!.waiting > 0
    })
    await client.query('commit')
    client.release()
    expect(await erasing).toMatchObject({ waitsFor: [], found: { 'state.online_order': 1 } })
  })

  test('who comes back while Kafka has old messages gets a name for a day, the same in the lake and in the live state', async () => {
    const { topics, pool, settings } = world
    await topics.send('pos_transactions', [sale('a6', ANN, DAY), sale('a7', ANN, EARLIER)])
    await world.consumed('raw_sink', 9)
    await world.consumed('shelf_state', 8)
    await world.consumed('enriched_sales', 6)
    const { rows } = await pool.query(
      `select count(distinct customer_id) as names, count(*) as lines from state.sale_line where transaction_id in ('t-a1', 't-a2', 't-a6', 't-a7')`,
    )
    expect(rows).toEqual([{ names: 2, lines: 4 }])
    expect((await verifyState(settings, pool)).isEqual).toBe(true)
  })

  test('leaves a receipt that does not name them, and can be erased again', async () => {
    const receipt = (await listErasures(world.pool, 10)).at(-1)
    expect(receipt).toMatchObject({ askedBy: 'admin', why: 'asked by letter' })
    expect(JSON.stringify(receipt)).not.toContain(ANN)
    expect(await finishErasure(dependencies, receipt!.erasureId)).toMatchObject({ waitsFor: [] })
    expect(await eraseCustomer(dependencies, ANN, { by, why: 'asked again' })).toMatchObject({
      waitsFor: [],
      found: {},
    })
    await expect(finishErasure(dependencies, 99)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('pg_dump', () => {
  // An older one refuses the server.
  const version = Number(/\) (\d+)/.exec(String(spawnSync('pg_dump', ['--version']).stdout))?.[1] ?? 0)
  test.skipIf(version < 18)('of the whole database has no byte of the customer', () => {
    const dumped = spawnSync('pg_dump', ['--format=plain', world.settings.postgresMigrateUrl], { maxBuffer: 1024 ** 3 })
    expect(dumped.stderr.toString()).toBe('')
    expect(dumped.stdout.includes(ANN)).toBe(false)
    expect(dumped.stdout.includes(Buffer.from(ANN).toString('hex'))).toBe(false)
  })
})
