import { Kafka, logLevel, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SIGNATURE_HEADER, SOURCE_HEADER, signatureOf } from '../../platform/kafka/signatures.ts'
import { createVault } from '../../platform/vault.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import { replayLetters } from './letters.ts'
import type { Slice, StreamMessage } from './processor.ts'
import { Signatures } from './signatures.ts'

let world: World
/** A client of Kafka that is not Shelfline's: it may write to every topic, and signs nothing by itself. */
let stranger: Producer
beforeAll(async () => {
  world = await createWorld()
  const brokers = [...world.settings.kafkaBrokers]
  stranger = new Kafka({ clientId: 'stranger', brokers, logLevel: logLevel.NOTHING }).producer()
  await stranger.connect()
})
afterAll(async () => {
  await stranger?.disconnect()
  await world?.close()
})

const envelope = (id: string) => ({ event_id: id, source: 'test', schema_version: 1, event_at: '2017-03-01T00:00:00Z' })
const policy = (id: string) => ({
  ...envelope(id),
  policy_id: 'all',
  restock_below: '0.9',
  restock_to: '1',
  changed_by: 'maria',
  reason: 'asked by maria',
})
const supplier = (id: string, endpoint: string) => ({
  ...envelope(id),
  supplier_id: 'dairy',
  name: 'Dairy',
  adapter: 'webhook',
  endpoint,
  order_weekdays: '1',
  cut_off: '16:30',
  time_zone: 'Europe/London',
  lead_time_days: '1',
  currency: 'GBP',
})
const terms = (id: string, change: object = {}) => ({
  ...envelope(id),
  terms_id: '*/milk/dairy',
  product_id: 'milk',
  supplier_id: 'dairy',
  unit_cost: '0.01',
  pack_size: '6',
  preference: 1,
  ...change,
})

async function send(topic: string, key: string, event: object, headers: Record<string, string> = {}): Promise<void> {
  const messages = [{ key, value: JSON.stringify(event), headers }]
  await stranger.send({ topic: `${topic}${world.topics.suffix}`, acks: -1, messages })
}

const letters = async () =>
  (
    await world.pool.query<{ letter_id: number; topic: string; reason: string; error: string }>(
      'select letter_id, topic, reason, error from ops.dead_letters order by letter_id',
    )
  ).rows

const SECRET = `whsec_${Buffer.from('twenty-four bytes of this').toString('base64')}`

describe('a person with the right to write to Kafka, who signs for another', () => {
  test('changes no policy, no supplier and no terms', async () => {
    const { pool } = world
    await world.start(['policies', 'reference_data'])
    await send('shelf_policies', 'all', policy('p1'))
    await send('supplier_catalog', 'dairy', supplier('s1', 'https://example.net/mine'))
    await send('supply_terms', '*/milk/dairy', terms('t1'))
    const guess = signatureOf(Buffer.alloc(32), 'supply_terms', {
      key: '*/milk/dairy',
      value: JSON.stringify(terms('t1')),
    })
    await send('supply_terms', '*/milk/dairy', terms('t1'), { [SIGNATURE_HEADER]: guess })
    await send('supply_terms', '*/milk/dairy', terms('t1'), { [SIGNATURE_HEADER]: guess, [SOURCE_HEADER]: 'erp' })
    await world.consumed('policies', 1)
    await world.consumed('reference_data', 4)
    for (const table of ['ref.shelf_policy', 'ref.suppliers', 'ref.supplier_endpoint', 'ref.supply_terms']) {
      expect((await pool.query(`select from ${table}`)).rowCount, table).toBe(0)
    }
    const found = await letters()
    expect(found.map(({ topic, reason }) => `${topic} ${reason}`).sort()).toEqual([
      'shelf_policies unsigned',
      'supplier_catalog unsigned',
      'supply_terms unsigned',
      'supply_terms unsigned',
      'supply_terms unsigned',
    ])
    expect(found.map(({ error }) => error)).toEqual(
      expect.arrayContaining([
        `the message has no signature (header ${SIGNATURE_HEADER})`,
        "the signature is not the platform's",
        '"erp" is not a registered source of supply_terms',
      ]),
    )
  })

  test('does not get them signed by a replay of the dead letters', async () => {
    const { pool, topics } = world
    // A letter that is being sent to its topic is left out.
    await until('all letters are refused', 30_000, async () => {
      const { sent, refused } = await replayLetters(pool, topics.producer, {
        filter: {},
        limit: 100,
        ratePerSecond: 100,
        kafkaTopic: (topic) => `${topic}${topics.suffix}`,
        readMessage: async () => undefined,
      })
      expect(sent).toBe(0)
      for (const { why } of refused) expect(why).toContain('no one has signed it')
      return refused.length === 5
    })
  })
})

test('what the platform sends, and what a registered source has signed for its own topic, counts', async () => {
  const { pool, topics, settings } = world
  await topics.send('supplier_catalog', [supplier('s2', 'https://example.com/orders')])
  const sealed = createVault(settings).seal(SECRET, 'source erp')
  await pool.query(
    `insert into ref.event_source (
       source_id, topic, scheme, secret, changed_by, tolerance_seconds, body_bytes_max, body_events_max, depth_max, events_per_second, is_strict
     ) values ('erp', 'supply_terms', 'standard-webhooks', $1, 'ann', 300, 65536, 100, 32, 100, false)`,
    [sealed],
  )
  const signedBySource = (topic: 'supply_terms' | 'supplier_catalog', key: string, event: object) => ({
    [SOURCE_HEADER]: 'erp',
    [SIGNATURE_HEADER]: `v1,nothing ${signatureOf(Buffer.from(SECRET), topic, { key, value: JSON.stringify(event) })}`,
  })
  await send('supply_terms', '*/milk/dairy', terms('t2'), signedBySource('supply_terms', '*/milk/dairy', terms('t2')))
  // Of another topic, and a changed message: neither is what was signed.
  const other = supplier('s3', 'https://example.net/mine')
  await send('supplier_catalog', 'dairy', other, signedBySource('supplier_catalog', 'dairy', other))
  const cheaper = terms('t3', { unit_cost: '0.001' })
  await send('supply_terms', '*/milk/dairy', cheaper, signedBySource('supply_terms', '*/milk/dairy', terms('t2')))
  await world.consumed('reference_data', 8)
  expect((await pool.query('select endpoint from ref.suppliers')).rows).toEqual([
    { endpoint: 'https://example.com/orders' },
  ])
  expect((await pool.query('select unit_cost from ref.supply_terms')).rows).toEqual([{ unit_cost: '0.01' }])
  expect((await letters()).slice(5).map(({ error }) => error)).toEqual(
    expect.arrayContaining([
      '"erp" is not a registered source of supplier_catalog',
      'the signature is not that of erp',
    ]),
  )
})

const OTHER_SECRET = `whsec_${Buffer.from('twenty-four other bytes.').toString('base64')}`

/** A slice of a partition that no worker reads, of messages that sources have signed. */
function sliceOf(position: number, signers: readonly { sourceId: string; secret: string }[]): Slice {
  const messages = signers.map(({ sourceId, secret }, index) => {
    const content = { key: 'k', value: JSON.stringify(terms(`m${position + index}`)) }
    const signature = signatureOf(Buffer.from(secret), 'supply_terms', content)
    const headers = { [SOURCE_HEADER]: Buffer.from(sourceId), [SIGNATURE_HEADER]: Buffer.from(signature) }
    return {
      offset: position + index,
      ...content,
      value: Buffer.from(content.value),
      headers,
    } as unknown as StreamMessage
  })
  return {
    topic: 'supply_terms',
    partition: 7,
    position,
    next: position + messages.length,
    messages,
  } as unknown as Slice
}

const refusedBy = async (signatures: Signatures, slice: Slice) => [...(await signatures.unsigned(slice)).keys()]

const setSecret = (secret: string) =>
  world.pool.query("update ref.event_source set secret = $1, changed_by = 'ann' where source_id = 'erp'", [
    createVault(world.settings).seal(secret, 'source erp'),
  ])

test('secrets are read once for all messages and sources of a slice, and again when a signature does not fit', async () => {
  const { pool, settings } = world
  let reads = 0
  const counting = new Proxy(pool, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...values: unknown[]) => {
        if (name === 'query') reads += 1
        return Reflect.apply(value, target, values)
      }
    },
  })
  const signatures = new Signatures(counting, createVault(settings), settings)
  const judge = async (slice: Slice) => {
    reads = 0
    const refused = await refusedBy(signatures, slice)
    return { reads, refused }
  }
  const erp = { sourceId: 'erp', secret: SECRET }
  expect(await judge(sliceOf(0, Array(100).fill(erp)))).toEqual({ reads: 1, refused: [] })
  expect(await judge(sliceOf(100, Array(100).fill(erp)))).toEqual({ reads: 0, refused: [] })
  const others = ['erp', 'pim'].map((sourceId) => ({ sourceId, secret: OTHER_SECRET }))
  expect(await judge(sliceOf(200, others))).toMatchObject({ refused: [200, 201] })
  await setSecret(OTHER_SECRET)
  expect(await judge(sliceOf(202, others.slice(0, 1)))).toEqual({ reads: 1, refused: [] })
})

test('what was found of a message stays, whichever keys and sources there are when it is read again', async () => {
  const { pool, settings } = world
  const before = [
    { sourceId: 'erp', secret: OTHER_SECRET },
    { sourceId: 'crm', secret: SECRET },
  ]
  const vault = createVault(settings)
  expect(await refusedBy(new Signatures(pool, vault, settings), sliceOf(300, before))).toEqual([301])
  // The key of the one that was taken is another, twice; the source of the one that was refused is registered.
  await setSecret(SECRET)
  await setSecret(`whsec_${Buffer.from('the third of all secrets').toString('base64')}`)
  await pool.query(
    `insert into ref.event_source (
       source_id, topic, scheme, secret, changed_by, tolerance_seconds, body_bytes_max, body_events_max, depth_max, events_per_second, is_strict
     ) values ('crm', 'supply_terms', 'standard-webhooks', $1, 'ann', 300, 65536, 100, 32, 100, false)`,
    [vault.seal(SECRET, 'source crm')],
  )
  expect(await refusedBy(new Signatures(pool, vault, settings), sliceOf(300, before))).toEqual([301])
  // A slice that begins before and ends behind, by a new key of the platform, without the source.
  await pool.query("delete from ref.event_source where source_id = 'erp'")
  const next = { secretKeys: [Buffer.alloc(32, 7).toString('base64')], secretKeysFile: [] }
  const longer = sliceOf(299, [before[0]!, ...before, before[0]!])
  expect(await refusedBy(new Signatures(pool, vault, next), longer)).toEqual([299, 301, 302])
})

test('a message from when there was no key stays valid when there is one', async () => {
  const { pool, settings } = world
  const vault = createVault(settings)
  const slice = sliceOf(400, [{ sourceId: 'nobody', secret: SECRET }])
  const without = new Signatures(pool, vault, { secretKeys: [], secretKeysFile: [] })
  expect(await refusedBy(without, slice)).toEqual([])
  expect(await refusedBy(new Signatures(pool, vault, settings), slice)).toEqual([])
  expect(
    await refusedBy(new Signatures(pool, vault, settings), sliceOf(401, [{ sourceId: 'nobody', secret: SECRET }])),
  ).toEqual([401])
})
