/** The worker of feeds as a process, with folders, MinIO, Kafka and PostgreSQL; it is killed in the middle of a file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeArrow } from '../../platform/duckdb/arrow.ts'
import { createLocalDuckDb, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { createS3Client } from '../../platform/object-store/object-store.ts'
import { named } from '../../services/access/testing.ts'
import { addFeed, type LedgerFile, listFiles, setFeed } from '../../services/sources/feeds.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import type { TestFilesOptions } from './worker-for-tests.ts'

const WORKER = join(import.meta.dirname, 'worker-for-tests.ts')
const MAP = `
topic: pos_transactions
source: files
time_zone: Europe/London
columns:
  { event_at: at, store_id: shop, transaction_id: receipt, line_no: line, product_id: sku, quantity: units, unit_price: price }
`
const COLUMNS = ['at', 'shop', 'receipt', 'line', 'sku', 'units', 'price']
const HEADER = `${COLUMNS.join(',')}\n`
const BIG_ROWS = 40_000
/** A busy machine may need minutes to start a process. */
const WITHIN_MS = 240_000
const TEST_MS = 600_000

let world: World
let worker: ChildProcess
const folder = mkdtempSync(join(tmpdir(), 'shelfline-feeds-'))
const tills = join(folder, 'tills')

beforeAll(async () => {
  world = await createWorld()
  mkdirSync(tills)
  await addFeed(world, 'tills', { place: tills, map: MAP }, named('ann'))
  worker = startWorker()
}, TEST_MS)
afterAll(async () => {
  if (worker?.exitCode === null) await killHard(worker)
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

function startWorker(): ChildProcess {
  const options: TestFilesOptions = {
    settings: { ...world.settings, home: folder, httpPort: 0, logLevel: 'error' },
    topicSuffix: world.topics.suffix,
    claimMs: 10_000,
  }
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WORKER, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const row = (receipt: string, line = 1, price = '2.50') => `2024-05-02T10:00:00Z,s1,${receipt},${line},p1,1,${price}\n`

const ledger = async (feed = 'tills'): Promise<Map<string, LedgerFile>> =>
  new Map((await listFiles(world.pool, feed, { limit: 1_000 })).map((file) => [file.name, file]))

const whenIn = (outcome: LedgerFile['outcome'], names: readonly string[], feed = 'tills') =>
  until(
    `${names.join(', ')} are ${outcome}`,
    WITHIN_MS,
    async () => {
      const files = await ledger(feed)
      return names.every((name) => files.get(name)?.outcome === outcome)
    },
    200,
  )

const sent = () => world.topics.count('pos_transactions')

/** Writes all under another name first. */
function put(name: string, content: string | Uint8Array): void {
  writeFileSync(join(tills, `${name}.part`), content)
  renameSync(join(tills, `${name}.part`), join(tills, name))
}

test(
  'files of every format become events; what is not whole is waited for',
  async () => {
    const duckdb = await createLocalDuckDb({ ...world.settings, home: folder })
    await withConnection(duckdb, async (connection) => {
      const query = `select timestamptz '2024-05-02 10:00:00+00' as at, 's1' as shop, 'a1' as receipt, 1 as line, 'p1' as sku,
      1.5::decimal(9,3) as units, 2.50::decimal(9,2) as price`
      put('arrow.arrow', await buffer(writeArrow(connection, query, 'stream')))
      const parquet = join(folder, 'q.parquet')
      await connection.run(`copy (${query.replace('a1', 'q1')}) to ${literal(parquet)} (format parquet)`)
      renameSync(parquet, join(tills, 'parquet.parquet'))
      const sheet = join(folder, 'x.xlsx')
      await connection.run('load excel')
      await connection.run(
        `copy (${query.replace('a1', 'x1').replace('timestamptz', 'timestamp').replace('+00', '')}) to ${literal(sheet)} (format xlsx, header true)`,
      )
      renameSync(sheet, join(tills, 'sheet.xlsx'))
    })
    duckdb.closeSync()
    put(
      'lines.jsonl',
      `${JSON.stringify({ at: '2024-05-02T10:00:00Z', shop: 's1', receipt: 'j1', line: 1, sku: 'p1', units: 1, price: '2.50' })}\n`,
    )
    writeFileSync(join(tills, 'later.csv.part'), HEADER)
    // Without the rest of its line the price would be another.
    writeFileSync(join(tills, 'half.csv'), `${HEADER}${row('h1').slice(0, -2)}`)
    put('plain.csv', `${HEADER}${row('c1')}${row('c1', 2)}`)
    await whenIn('sent', ['arrow.arrow', 'parquet.parquet', 'sheet.xlsx', 'lines.jsonl', 'plain.csv'])
    expect(await sent()).toBe(6)
    expect([...(await ledger()).keys()].sort()).not.toContain('half.csv')
    appendFileSync(join(tills, 'half.csv'), '0\n')
    await whenIn('sent', ['half.csv'])
    expect(await sent()).toBe(7)
    expect(readFileSync(join(tills, 'plain.csv'), 'utf8')).toContain('c1')
  },
  TEST_MS,
)

test(
  'what can not be used is set aside with a report, and is taken when a person puts it back',
  async () => {
    const before = await sent()
    put('fake.parquet', 'PAR1 is no table PAR1')
    put('mixed.csv', `${HEADER}${row('m1')}${row('m2', 1, 'much')}`)
    await whenIn('set_aside', ['fake.parquet', 'mixed.csv'])
    const refused = (name: string) => join(tills, 'refused', name)
    await until('both are moved', WITHIN_MS, async () =>
      ['fake.parquet', 'mixed.csv'].every((name) => existsSync(refused(name))),
    )
    expect(existsSync(join(tills, 'mixed.csv'))).toBe(false)
    expect(JSON.parse(readFileSync(refused('mixed.csv.report.json'), 'utf8'))).toMatchObject({
      file: 'mixed.csv',
      outcome: 'set aside',
      error: '1 of 2 rows are rejected, and the feed allows 0',
      sent: 0,
      rejectedRows: [{ row: 2, problem: 'schema_violation', error: expect.stringContaining('"much"') }],
    })
    expect(readFileSync(refused('fake.parquet.report.json'), 'utf8')).toContain(
      "fake.parquet: can't be read as parquet",
    )
    expect(await sent()).toBe(before)

    await setFeed(world, 'tills', { rejectsMax: 1 }, named('ann'))
    renameSync(refused('mixed.csv'), join(tills, 'mixed.csv'))
    await whenIn('sent', ['mixed.csv'])
    expect((await ledger()).get('mixed.csv')).toMatchObject({ rows: 2, sent: 1, rejected: 1, attempts: 1 })
    expect(await sent()).toBe(before + 1)
    expect(readFileSync(join(tills, 'mixed.csv.rejected.jsonl'), 'utf8')).toContain('"much"')
    // The same content that was taken is not taken again, also when it was touched.
    copyFileSync(join(tills, 'mixed.csv'), join(tills, 'mixed.tmp'))
    renameSync(join(tills, 'mixed.tmp'), join(tills, 'mixed.csv'))
    put('next.csv', `${HEADER}${row('n1')}`)
    await whenIn('sent', ['next.csv'])
    expect(await sent()).toBe(before + 2)
  },
  TEST_MS,
)

test(
  'killed in the middle of a large file, it loses no event, and sends none that counts twice',
  async () => {
    await world.start(['sales_state'])
    await world.consumed('sales_state', await sent(), WITHIN_MS)
    const before = { sent: await sent(), ...(await world.counters('sales_state')) }
    const rows = Array.from({ length: BIG_ROWS }, (_, index) => row(`big-${index >> 2}`, (index & 3) + 1))
    put('big.csv', `${HEADER}${rows.join('')}`)
    await until('some of it is sent', WITHIN_MS, async () => (await sent()) > before.sent, 5)
    await killHard(worker)
    const sentByKilled = (await sent()) - before.sent
    expect(sentByKilled).toBeLessThan(BIG_ROWS)
    expect((await ledger()).get('big.csv')?.outcome).toBe('taking')
    worker = startWorker()
    await whenIn('sent', ['big.csv'])
    expect((await ledger()).get('big.csv')).toMatchObject({ rows: BIG_ROWS, sent: BIG_ROWS, attempts: 2 })
    const total = await sent()
    expect(total).toBe(before.sent + sentByKilled + BIG_ROWS)
    const after = await world.consumed('sales_state', total, WITHIN_MS)
    expect(after.applied - before.applied).toBe(BIG_ROWS)
    expect(after.duplicate - before.duplicate).toBe(sentByKilled)
    expect(after.dead).toBe(before.dead)
  },
  TEST_MS,
)

test(
  'objects of a bucket: those that are there, those that come, a changed one again, a poisoned one aside',
  async () => {
    const { client, close } = createS3Client(world.settings)
    const bucket = world.settings.objectStoreBucket
    const prefix = `feeds-test-${randomUUID().slice(0, 8)}/`
    const putObject = (name: string, content: string) => client.putObject(bucket, prefix + name, Buffer.from(content))
    const keys = async () => {
      const { objects } = await client.listObjectsV2Query(bucket, prefix, '', '', 1_000, '')
      return (objects as { name: string }[]).map(({ name }) => name.slice(prefix.length))
    }
    try {
      const before = await sent()
      await putObject('first day.csv', `${HEADER}${row('s1')}`)
      await addFeed(world, 'objects', { place: `s3://${bucket}/${prefix}`, map: MAP }, named('ann'))
      await whenIn('sent', ['first day.csv'], 'objects')
      await putObject('sub/zweiter täg.csv', `${HEADER}${row('s2')}`)
      await putObject('bad.csv', `${HEADER}${row('s3', 1, 'much')}`)
      await whenIn('sent', ['sub/zweiter täg.csv'], 'objects')
      await whenIn('set_aside', ['bad.csv'], 'objects')
      await putObject('first day.csv', `${HEADER}${row('s1')}${row('s4')}`)
      const taken = () => listFiles(world.pool, 'objects', { limit: 10, outcome: 'sent' })
      await until('the changed one is taken', WITHIN_MS, async () => (await taken()).length === 3)
      expect(await sent()).toBe(before + 4)
      await until('the poisoned one is moved', WITHIN_MS, async () => !(await keys()).includes('bad.csv'))
      expect(await keys()).toEqual(expect.arrayContaining(['refused/bad.csv', 'refused/bad.csv.report.json']))
      expect((await taken()).map(({ name, sent: events }) => [name, events]).sort()).toEqual([
        ['first day.csv', 1],
        ['first day.csv', 2],
        ['sub/zweiter täg.csv', 1],
      ])
    } finally {
      await client.removeObjects(
        bucket,
        (await keys()).map((name) => prefix + name),
      )
      close()
    }
  },
  TEST_MS,
)

test(
  'two workers share the files of a feed, and each is sent by one; asked to stop, a worker ends',
  async () => {
    const other = startWorker()
    try {
      const before = await sent()
      const names = Array.from({ length: 12 }, (_, index) => `shared-${index}.csv`)
      for (const name of names)
        put(name, `${HEADER}${Array.from({ length: 200 }, (_, line) => row(name, line + 1)).join('')}`)
      await whenIn('sent', names)
      expect(await sent()).toBe(before + 12 * 200)
      const files = await ledger()
      expect(names.map((name) => files.get(name)!.attempts)).toEqual(names.map(() => 1))
    } finally {
      const ended = once(other, 'exit')
      other.kill('SIGTERM')
      expect((await ended)[0]).toBe(0)
    }
  },
  TEST_MS,
)
