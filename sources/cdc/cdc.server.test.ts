/** The mapper as a process on real Kafka and PostgreSQL: it is killed while changes come, and each becomes an event once. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { environmentOf, shelfline } from '../../cli/testing.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import { type CdcDefinition, readCdcMaps } from './definition.ts'
import { readAll, type SentChange, sentBy, startTestMapper } from './testing.ts'

let world: World
let folder: string
const mappers = new Set<ChildProcess>()

beforeAll(async () => {
  world = await createWorld()
  folder = mkdtempSync(join(tmpdir(), 'shelfline-cdc-'))
}, 300_000)
afterEach(() => Promise.all([...mappers].map(end)))
afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

function start(): ChildProcess {
  const mapper = startTestMapper(world)
  mappers.add(mapper)
  return mapper
}

async function end(mapper: ChildProcess): Promise<void> {
  mappers.delete(mapper)
  await killHard(mapper)
}

const cdc = (...words: string[]) => shelfline(['cdc', ...words], environmentOf(world.settings))

const mapOf = (from: string, quantity = 'quantity') => `
from: ${from}
topic: inventory_updates
source: erp
time_zone: Europe/London
columns:
  inventory_id: article
  store_id: store
  product_id: article
  quantity_change: change.${quantity}
  new_quantity: ${quantity}
constants: { reason: adjustment }
deletes: { constants: { new_quantity: "0" } }
`

/** A topic of changes with one partition, and a map for it. */
async function capture(name: string): Promise<string> {
  const from = `${name}${world.topics.suffix}.public.stock`
  await createTopic(from)
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, mapOf(from))
  expect(await cdc('add', name, '--map', file)).toMatchObject({ code: 0, error: '' })
  return from
}

const createTopic = (topic: string) =>
  world.topics.admin.createTopics({
    waitForLeaders: false,
    topics: [{ topic, numPartitions: 1, replicationFactor: 1 }],
  })

let lsn = 0
const change = (op: SentChange['op'], article: string, quantity: number, column = 'quantity'): SentChange => {
  lsn += 1
  const key = { store: 'S1', article }
  return { op, key, lsn, after: op === 'd' ? null : { ...key, [column]: String(quantity) } }
}

const send = (topic: string, changes: readonly SentChange[]) =>
  world.topics.producer.send({ topic, acks: -1, messages: changes.map(sentBy) })

async function stateOf(name: string): Promise<CdcDefinition> {
  return (await readCdcMaps(world.pool, name))[0]!
}

const hasRead = (name: string, messages: number) =>
  until(
    `${name} has read ${messages} messages`,
    120_000,
    async () => Number((await stateOf(name)).messages) >= messages,
  )

interface Update {
  event_id: string
  product_id: string
  quantity_change: string
}

/** The events of one map, and those that were rejected. */
async function eventsOf(prefix: string): Promise<{ events: Update[]; rejected: Map<string, string> }> {
  const messages = await readAll(world.topics.kafka, `inventory_updates${world.topics.suffix}`)
  const rejected = new Map<string, string>()
  const events: Update[] = []
  for (const { value, headers } of messages) {
    const error = headers['shelfline-cdc-error']
    if (error !== undefined) rejected.set(String(value), String(error))
    else events.push(JSON.parse(String(value)))
  }
  return { events: events.filter(({ product_id }) => product_id.startsWith(prefix)), rejected }
}

test('each change is one event, however often the mapper is killed', { timeout: 600_000 }, async () => {
  const from = await capture('kills')
  const articles = Array.from({ length: 40 }, (_, index) => `kills-${index}`)
  const stock = new Map<string, number>()
  let sent = 0
  let made = 0
  const round = async () => {
    const changes = Array.from({ length: 100 }, () => {
      const article = articles[Math.floor(Math.random() * articles.length)]!
      const before = stock.get(article)
      const isDelete = before !== undefined && Math.random() < 0.1
      if (isDelete) {
        stock.delete(article)
        made += 1
        return change('d', article, 0)
      }
      const after = Math.floor(Math.random() * 1_000) / 8
      stock.set(article, after)
      if (before !== after) made += 1
      return change(before === undefined ? 'c' : 'u', article, after)
    })
    await send(from, changes)
    sent += changes.length
  }
  for (let kill = 0; kill < 5; kill += 1) {
    const mapper = start()
    const isStarted =
      kill === 0
        ? hasRead('kills', 1)
        : until('it reads', 120_000, async () => {
            const { messages } = await stateOf('kills')
            return Number(messages) > sent - 1_000
          })
    for (let count = 0; count < 8; count += 1) await round()
    await isStarted
    // At another place of a slice each time.
    await pause(Math.random() * 400)
    await end(mapper)
  }
  start()
  await hasRead('kills', sent)
  await until('the newest slice is committed', 60_000, async () => (await eventsOf('kills-')).events.length >= made)
  const { events } = await eventsOf('kills-')
  expect(events).toHaveLength(made)
  expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(made)
  for (const article of articles) {
    const sum = events
      .filter(({ product_id }) => product_id === article)
      .reduce((total, { quantity_change }) => total + Number(quantity_change), 0)
    expect(sum, article).toBeCloseTo(stock.get(article) ?? 0, 6)
  }
  expect(await stateOf('kills')).toMatchObject({ messages: sent, events: made, rejected: 0, problem: null })
})

test('two mappers share the maps, and one takes over what the other had', { timeout: 300_000 }, async () => {
  const from = await capture('twice')
  const first = start()
  start()
  await send(from, [change('c', 'twice-A', 1), change('u', 'twice-A', 3)])
  await hasRead('twice', 2)
  await end(first)
  await send(from, [change('u', 'twice-A', 4)])
  await hasRead('twice', 3)
  await until('its event is there', 30_000, async () => (await eventsOf('twice-')).events.length >= 3)
  expect((await eventsOf('twice-')).events.map(({ quantity_change }) => quantity_change)).toEqual(['1', '2', '1'])
})

test('garbage is sent on with why, and becomes dead letters; what is right is not held up', {
  timeout: 300_000,
}, async () => {
  const from = await capture('garbage')
  await send(from, [change('c', 'garbage-A', 1)])
  const bytes = ['no JSON', '{}', '{"op":"u"}', '\u0000', '['.repeat(50_000)]
  await world.topics.producer.send({ topic: from, acks: -1, messages: bytes.map((value) => ({ key: 'x', value })) })
  await world.topics.producer.send({
    topic: from,
    acks: -1,
    messages: [{ key: null, value: Buffer.from([0xff, 0x00]) }],
  })
  await send(from, [change('c', 'garbage-B', 123456789012), change('c', 'garbage-C', 2)])
  start()
  await hasRead('garbage', 9)
  await until('its events are there', 30_000, async () => (await eventsOf('garbage-')).events.length >= 2)
  const { events, rejected } = await eventsOf('garbage-')
  expect(events.map(({ product_id }) => product_id)).toEqual(['garbage-A', 'garbage-C'])
  expect([...rejected.values()]).toHaveLength(7)
  expect([...rejected.values()].join('\n')).toMatch(/must be a decimal/)
  expect(await stateOf('garbage')).toMatchObject({ messages: 9, events: 2, rejected: 7 })
  // A processor sees them as it sees everything else that breaks the contract.
  await world.start(['sales_state'])
  const total = (await readAll(world.topics.kafka, `inventory_updates${world.topics.suffix}`)).length
  const counters = await world.consumed('sales_state', total)
  expect(counters.dead).toBeGreaterThanOrEqual(7)
})

test('a renamed column stops the map until it is changed, and no change is lost', { timeout: 300_000 }, async () => {
  const from = await capture('renamed')
  start()
  await send(from, [change('c', 'renamed-A', 1), change('u', 'renamed-A', 5, 'amount')])
  await until('it has stopped', 60_000, async () => (await stateOf('renamed')).problem !== null)
  const listed = await cdc('list')
  expect(listed).toMatchObject({
    code: 1,
    out: expect.stringMatching(/stopped[\s\S]*renamed: the map reads column quantity/),
  })
  const file = join(folder, 'renamed-2.yaml')
  writeFileSync(file, mapOf(from, 'amount'))
  // The difference would be to a column that no one knows.
  expect(await cdc('set', 'renamed', '--map', file)).toMatchObject({
    code: 2,
    error: expect.stringMatching(/change\.amount would be a difference to values that are not known/),
  })
  const absolute = mapOf(from)
    .replace('change.quantity', 'amount')
    .replace('new_quantity: quantity', 'new_quantity: amount')
  writeFileSync(file, absolute)
  expect(await cdc('set', 'renamed', '--map', file)).toMatchObject({ code: 0 })
  await until('it reads on', 60_000, async () => Number((await stateOf('renamed')).messages) >= 2)
  expect(await stateOf('renamed')).toMatchObject({ messages: 2, events: 2, problem: null })
})

test('a topic that was created again is not taken for the old one', { timeout: 300_000 }, async () => {
  const from = await capture('again')
  start()
  await send(from, [change('c', 'again-A', 7)])
  await hasRead('again', 1)
  await until('its event is there', 30_000, async () => (await eventsOf('again-')).events.length >= 1)
  await Promise.all([...mappers].map(end))
  await world.topics.admin.deleteTopics({ topics: [from] })
  await until('the topic is gone', 60_000, async () => !(await world.topics.admin.listTopics()).includes(from))
  await until('it is there again', 60_000, () => createTopic(from))
  await send(from, [
    { ...change('r', 'again-A', 9), snapshot: 'first' },
    { ...change('r', 'again-B', 1), snapshot: 'last' },
  ])
  start()
  await until('it has stopped', 60_000, async () => (await stateOf('again')).problem !== null)
  expect((await stateOf('again')).problem).toMatch(/was created again: `shelfline cdc restart again`/)
  expect(await cdc('restart', 'again')).toMatchObject({ code: 0 })
  await hasRead('again', 2)
  await until('its events are there', 30_000, async () => (await eventsOf('again-')).events.length >= 3)
  expect((await eventsOf('again-')).events.map(({ quantity_change }) => quantity_change)).toEqual(['7', '2', '1'])
})
