import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { StackUsageError } from './errors.ts'
import { fixedPorts, freePorts, isPortFree, kafkaHeap, portNames } from './ports.ts'

const listening: Server[] = []

afterEach(() => {
  for (const server of listening.splice(0)) server.close()
})

async function listen(port: number): Promise<void> {
  const server = createServer()
  listening.push(server)
  await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready))
}

test('the settings move a port, the others keep their default', () => {
  const ports = fixedPorts({ SHELFLINE_KAFKA_PORT: '9092', SHELFLINE_TEMPORAL_PORT: '' })
  expect(ports).toMatchObject({ kafka: 9092, postgres: 15_432, temporal: 17_233 })
})

test('all ports that are none are named at once, with their values', () => {
  const wrong = () => fixedPorts({ SHELFLINE_KAFKA_PORT: 'ninety', SHELFLINE_POSTGRES_PORT: '70000' })
  expect(wrong).toThrow(StackUsageError)
  expect(wrong).toThrow(/SHELFLINE_POSTGRES_PORT: "70000".*; SHELFLINE_KAFKA_PORT: "ninety" is not a port/)
})

test('one port for two servers is refused', () => {
  expect(() => fixedPorts({ SHELFLINE_KAFKA_PORT: '15432' })).toThrow(
    "SHELFLINE_KAFKA_PORT: 15432 is SHELFLINE_POSTGRES_PORT's port already",
  )
})

test('free ports are free and all different', async () => {
  const ports = Object.values(await freePorts())
  expect(new Set(ports).size).toBe(portNames.length)
  expect(await Promise.all(ports.map(isPortFree))).toEqual(ports.map(() => true))
})

test('ports that were had before are taken again where they are free', async () => {
  const before = await freePorts()
  await listen(before.kafka)
  const after = await freePorts(before)
  expect(after.kafka).not.toBe(before.kafka)
  expect({ ...after, kafka: 0 }).toEqual({ ...before, kafka: 0 })
})

test("Kafka's heap is in Java's notation", () => {
  expect(kafkaHeap({})).toBe('512m')
  expect(kafkaHeap({ SHELFLINE_KAFKA_HEAP: '2g' })).toBe('2g')
  expect(() => kafkaHeap({ SHELFLINE_KAFKA_HEAP: 'much' })).toThrow('SHELFLINE_KAFKA_HEAP: "much"')
})
