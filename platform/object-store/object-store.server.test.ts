import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, afterEach, expect, test } from 'vitest'
import { loadSettings } from '../settings/settings.ts'
import { createObjectStore, createS3Client, type ObjectStore, type StoredObject } from './object-store.ts'

const settings = loadSettings()
const folder = `test-objects-${randomBytes(6).toString('hex')}`
const store = createObjectStore(settings)
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})
afterAll(async () => {
  const keys = (await listed(store, folder)).map(({ key }) => key)
  await store.delete(keys)
  store.close()
})

async function listed(from: ObjectStore, prefix: string, startAfter = '') {
  const objects: StoredObject[] = []
  for await (const object of from.list(prefix, { startAfter })) objects.push(object)
  return objects
}

/** A relay in front of the object store; `spoil` may break a connection, which is numbered from 1. */
async function relay(spoil: (number: number, client: Socket, server: Socket) => void) {
  const target = new URL(settings.objectStoreEndpoint)
  const sockets = new Set<Socket>()
  let number = 0
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    client.pipe(upstream).pipe(client)
    spoil(++number, client, upstream)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    settings: { ...settings, objectStoreEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    connections: () => number,
  }
}

test('gives back what was put, byte for byte, under keys of any script', async () => {
  const bytes = randomBytes(300_000)
  const keys = ['plain', 'date=2017-01-05/part 1+2.parquet', 'Gemüse/茶&co.json']
  for (const key of keys) await store.put(`${folder}/${key}`, bytes)
  for (const key of keys) expect(await store.get(`${folder}/${key}`)).toEqual(bytes)
  await store.put(`${folder}/text`, 'Tee für 茶')
  expect((await store.get(`${folder}/text`))?.toString('utf8')).toBe('Tee für 茶')
  await store.put(`${folder}/empty`, '')
  expect(await store.get(`${folder}/empty`)).toEqual(Buffer.alloc(0))
  expect(await store.get(`${folder}/nothing`)).toBeUndefined()
  expect((await listed(store, `${folder}/Gem`)).map(({ key, bytes }) => [key, bytes])).toEqual([
    [`${folder}/Gemüse/茶&co.json`, 300_000],
  ])
})

test('lets one of many racing writers create an object, and keeps what that one wrote', async () => {
  const key = `${folder}/commit`
  const writers = Array.from({ length: 20 }, (_, writer) => store.put(key, `writer ${writer}`, { ifAbsent: true }))
  const answers = await Promise.all(writers)
  expect(answers.filter((answer) => answer === 'written')).toHaveLength(1)
  expect((await store.get(key))?.toString()).toBe(`writer ${answers.indexOf('written')}`)
})

test('lists more than one page in key order, from any key on, and deletes all of it', async () => {
  const keys = Array.from({ length: 1_005 }, (_, at) => `${folder}/many/${String(at).padStart(5, '0')}`)
  for (let from = 0; from < keys.length; from += 50) {
    await Promise.all(keys.slice(from, from + 50).map((key) => store.put(key, 'x')))
  }
  expect((await listed(store, `${folder}/many/`)).map(({ key }) => key)).toEqual(keys)
  expect((await listed(store, `${folder}/many/`, keys[1_001])).map(({ key }) => key)).toEqual(keys.slice(1_002))
  await store.delete(keys)
  expect(await listed(store, `${folder}/many/`)).toEqual([])
})

test('asks again when the connection breaks, also in the middle of an answer', async () => {
  const bytes = randomBytes(1_000_000)
  await store.put(`${folder}/large`, bytes)
  const { settings, connections } = await relay((number, client, server) => {
    if (number === 1) client.destroy()
    if (number === 2) server.once('data', () => client.destroy())
  })
  const through = createObjectStore(settings)
  closing.push(through.close)
  expect(await through.get(`${folder}/large`)).toEqual(bytes)
  expect(connections()).toBe(3)
})

test('fails on a server that does not answer, and names it', async () => {
  const silent = await relay((_, client, server) => {
    client.unpipe(server)
  })
  const { client, close } = createS3Client(silent.settings, 200)
  closing.push(close)
  const asked = client.bucketExists(settings.objectStoreBucket)
  await expect(asked).rejects.toThrow(/object store: 127\.0\.0\.1:\d+ did not answer within 0\.2 s/)
})

test('does not ask again when it is refused', async () => {
  const counted = await relay(() => undefined)
  const stranger = createObjectStore({ ...counted.settings, objectStoreSecretKey: 'wrong-secret' })
  closing.push(stranger.close)
  const asked = stranger.get(`${folder}/plain`)
  await expect(asked).rejects.toThrow(/signature|denied|credentials/i)
  expect(counted.connections()).toBe(1)
})
