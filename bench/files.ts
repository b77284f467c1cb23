/**
 * The worker of feeds: one large file of a folder, the same as an object of the bucket, and many small files, to Kafka with `acks=all`.
 *
 *   node bench/files.ts --rows 1000000 --files 500
 *
 * It needs a running instance, and makes a database and topics of its own. The worker is a process of its own; the times are those of the
 * ledger (from the claim to the last acknowledgement), without the two seconds for which a file of a folder has to be unchanged.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createS3Client } from '../platform/object-store/object-store.ts'
import { SHELFLINE } from '../services/access/actor.ts'
import { addFeed, type LedgerFile, listFiles } from '../services/sources/feeds.ts'
import type { TestFilesOptions } from '../sources/feeds/worker-for-tests.ts'
import { createWorld, until } from '../streams/testing/world.ts'
import { machine } from './measure.ts'

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, files: { type: 'string', default: '500' } },
})
const [rows, files] = [Number(values.rows), Number(values.files)] as [number, number]
const ROWS_OF_SMALL = 20
const WITHIN_MS = 1_800_000
const MAP = `
topic: pos_transactions
source: bench
time_zone: Europe/London
columns:
  { event_at: at, store_id: shop, transaction_id: receipt, line_no: line, product_id: sku, quantity: units, unit_price: price }
`
const HEADER = 'at,shop,receipt,line,sku,units,price\n'

console.log(machine())
const world = await createWorld()
const home = mkdtempSync(join(import.meta.dirname, '..', '.shelfline-bench-'))
const { client, close } = createS3Client(world.settings)
const bucket = world.settings.objectStoreBucket
const prefix = `bench-${randomBytes(4).toString('hex')}/`
const folder = (name: string) => {
  mkdirSync(join(home, name))
  return join(home, name)
}
const [large, small] = [folder('large'), folder('small')]
await addFeed(world, 'large', { place: large, map: MAP }, SHELFLINE)
await addFeed(world, 'small', { place: small, map: MAP }, SHELFLINE)
await addFeed(world, 'object', { place: `s3://${bucket}/${prefix}`, map: MAP }, SHELFLINE)
const options: TestFilesOptions = {
  settings: { ...world.settings, home, httpPort: 0, logLevel: 'error' },
  topicSuffix: world.topics.suffix,
  claimMs: 20_000,
}
const worker = spawn(
  process.execPath,
  [
    '--max-semi-space-size=8',
    '--max-old-space-size=224',
    join(import.meta.dirname, '../sources/feeds/worker-for-tests.ts'),
    JSON.stringify(options),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
)
try {
  const path = join(home, 'large.csv')
  await pipeline(Readable.from(chunks(rows)), createWriteStream(path))
  await client.fPutObject(bucket, `${prefix}large.csv`, path)
  const [object] = await taken('object', 1)
  show(`an object of ${rows} rows`, object!)
  renameSync(path, join(large, 'large.csv'))
  const [file] = await taken('large', 1)
  show(`a file of ${rows} rows`, file!)
  console.log(`peak memory of the worker ${peakMegabytes(worker.pid!)} MB`)

  for (let index = 0; index < files; index += 1) {
    writeFileSync(join(small, `small-${index}.csv`), HEADER + [...lines(ROWS_OF_SMALL, `small-${index}`)].join(''))
  }
  const all = await taken('small', files)
  const ends = all.map(({ updatedAt }) => updatedAt.getTime())
  const seconds = (Math.max(...ends) - Math.min(...ends)) / 1_000
  console.log(`files of ${ROWS_OF_SMALL} rows: ${((files - 1) / seconds).toFixed(1)} files/s (${files} files)`)
} finally {
  const ended = once(worker, 'exit')
  worker.kill('SIGTERM')
  await ended
  await client.removeObjects(bucket, [`${prefix}large.csv`])
  close()
  await world.close()
  rmSync(home, { recursive: true, force: true })
}

async function taken(feed: string, count: number): Promise<LedgerFile[]> {
  let found: LedgerFile[] = []
  await until(
    `${count} files of ${feed}`,
    WITHIN_MS,
    async () => {
      found = await listFiles(world.pool, feed, { outcome: 'sent', limit: 10_000 })
      return found.length === count
    },
    200,
  )
  return found
}

function show(what: string, { bytes, sent, milliseconds }: LedgerFile): void {
  const seconds = milliseconds! / 1_000
  console.log(
    `${what} (${Math.round(bytes / 1e6)} MB): ${seconds.toFixed(1)} s, ${Math.round(sent / seconds)} events/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s`,
  )
}

function* lines(count: number, name: string): Generator<string> {
  for (let index = 0; index < count; index += 1) {
    const at = new Date(Date.UTC(2024, 4, 2) + (index % 86_400_000)).toISOString()
    yield `${at},store-${index % 50},${name}-${index >> 2},${(index & 3) + 1},product-${index % 5_000},1,2.50\n`
  }
}

function* chunks(count: number): Generator<string> {
  let chunk = HEADER
  for (const line of lines(count, 'large')) {
    chunk += line
    if (chunk.length < 1_000_000) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}

/** Linux keeps the greatest resident size of a process. */
function peakMegabytes(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024)
}
