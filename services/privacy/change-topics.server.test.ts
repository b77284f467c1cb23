/** A customer in the changes of another system: what Kafka has of them is found, named with its end, and deleted when that is asked for. */
import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCdcMaps } from '../../sources/cdc/definition.ts'
import { sentBy, startTestMapper } from '../../sources/cdc/testing.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import { named } from '../access/testing.ts'
import { type ErasureDependencies, eraseCustomer, finishErasure } from './erasure.ts'
import { openErasing } from './testing.ts'

/** Numbers: only the map defines which column names a customer. */
const [DORA, EVE] = ['220567', '330678']
const DAY_MS = 86_400_000
const order = { by: named('admin'), why: 'asked by letter' }

let world: World
let erasing: Awaited<ReturnType<typeof openErasing>>
let dependencies: ErasureDependencies
let mapper: ChildProcess | undefined

beforeAll(async () => {
  world = await createWorld({ lakePrefix: `test/change-topics-${process.pid}` })
  erasing = await openErasing(world)
  dependencies = erasing.dependencies
}, 300_000)
afterAll(async () => {
  if (mapper !== undefined) await killHard(mapper)
  await erasing?.close()
  await world?.close()
})

const topicOf = (table: string) => `shop${world.topics.suffix}.public.${table}`

async function capture(table: string, config: Record<string, string>): Promise<void> {
  await world.topics.admin.createTopics({
    topics: [
      {
        topic: topicOf(table),
        numPartitions: 1,
        replicationFactor: 1,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      },
    ],
  })
  const map = `
from: ${topicOf(table)}
topic: pos_transactions
source: shop
time_zone: UTC
deletes: ignore
columns: { store_id: store, transaction_id: id, product_id: article, quantity: quantity, unit_price: price, customer_id: card }
`
  await world.pool.query(
    `insert into ref.cdc_map (map_id, change_topic, topic, map, changed_by) values ($1, $2, 'pos_transactions', $3, 'ann')`,
    [table, topicOf(table), map],
  )
}

let lsn = 0
function send(table: string, card: string, article = 'tea') {
  lsn += 1
  const after = { store: 's1', id: `t${lsn}`, article, quantity: '1', price: '2', card }
  const message = sentBy({ op: 'c', key: { id: after.id }, after, lsn, atUs: Date.now() * 1_000 })
  return world.topics.producer.send({ topic: topicOf(table), acks: -1, messages: [message] })
}

const hasRead = (table: string, messages: number) =>
  until(`${table} has read ${messages}`, 120_000, async () => {
    const [map] = await readCdcMaps(world.pool, table)
    return Number(map!.messages) >= messages
  })

const cards = async () =>
  (
    await world.pool.query<{ card: string | null }>(`select image ->> 'card' as card from ops.cdc_row order by row_key`)
  ).rows.map(({ card }) => card)

test('a customer in captured changes is reported with the time until when Kafka keeps them, when a map has read them', async () => {
  await capture('sales', { 'retention.ms': String(2 * DAY_MS), 'segment.ms': String(DAY_MS) })
  await send('sales', DORA)
  await send('sales', 'bob', DORA)
  await send('sales', DORA)
  const waiting = await eraseCustomer(dependencies, DORA, order)
  expect(waiting.waitsFor).toEqual([`map sales has read ${topicOf('sales')} up to 0 of 3`])
  mapper = startTestMapper(world)
  await hasRead('sales', 3)
  const before = Date.now()
  const finished = await finishErasure(dependencies, waiting.erasureId)
  expect(finished).toMatchObject({ waitsFor: [], found: { 'ops.cdc_row': 2 } })
  expect(await cards()).toEqual([null, 'bob', null])
  expect(finished.proof!.changeTopics).toEqual([
    { topic: topicOf('sales'), searched: 3, found: 2, until: expect.any(String), isCompacted: false },
  ])
  const end = Date.parse(finished.proof!.changeTopics![0]!.until!)
  expect(Math.abs(end - before - 3 * DAY_MS)).toBeLessThan(DAY_MS / 24)
})

test('captured changes are deleted in Kafka with those before them, and no others', async () => {
  await send('sales', 'carol')
  await hasRead('sales', 4)
  const erased = await eraseCustomer(dependencies, DORA, order, { deletesChanges: true })
  expect(erased).toMatchObject({
    waitsFor: [],
    found: { [`Kafka ${topicOf('sales')}`]: 3 },
    proof: { changeTopics: [{ topic: topicOf('sales'), searched: 1, found: 0, until: null, isCompacted: false }] },
  })
  // The map continues.
  await send('sales', 'dave')
  await hasRead('sales', 5)
})

test('in a compacted topic they stay until their rows are deleted in their own database', async () => {
  await capture('accounts', { 'cleanup.policy': 'compact' })
  await send('accounts', EVE)
  await hasRead('accounts', 1)
  expect(await eraseCustomer(dependencies, EVE, order, { deletesChanges: true })).toMatchObject({
    waitsFor: [],
    proof: { changeTopics: [{ topic: topicOf('accounts'), found: 1, until: null, isCompacted: true }, { found: 0 }] },
  })
})
