/** A stream worker that starts while the object store is still being set up. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { salesState } from '../processors/sales-state.ts'
import { sale } from '../testing/events.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import { RAW_SINK } from './raw-sink.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

test('works without it, and the raw sink joins from Kafka’s offsets when it is there', async () => {
  const store = new URL(world.settings.objectStoreEndpoint)
  const door = createServer((client) => {
    const server = connect(Number(store.port), store.hostname)
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) socket.on('error', () => socket.destroy())
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const { port } = door.address() as AddressInfo
  await new Promise((closed) => door.close(closed))

  const objectStoreEndpoint = `http://127.0.0.1:${port}`
  const settings = { ...world.settings, objectStoreEndpoint }
  const streams = await world.start([RAW_SINK, salesState.name], { settings })
  await world.topics.send('pos_transactions', [sale(1), sale(2), sale(3)])
  await world.consumed(salesState.name, 3)
  expect((await world.counters(RAW_SINK)).consumed).toBe(0)
  expect(streams.waiting()).toEqual([`raw_sink waits for the object store at ${objectStoreEndpoint}`])
  expect(streams.health()).toBeUndefined()

  door.listen(port, '127.0.0.1')
  await world.consumed(RAW_SINK, 3)
  expect(streams.waiting()).toEqual([])
  await until('the raw sink is in its group', 20_000, async () => streams.health() === undefined)
  await world.stop()
  door.close()
})
