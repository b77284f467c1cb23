import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestLake, sales, type TestLake } from './testing.ts'

const WRITERS = 8
const COMMITS_A_WRITER = 100

let room: TestLake

beforeAll(async () => {
  room = await openTestLake()
})
afterAll(() => room?.close())

async function runWriter(tableName: string, writer: number): Promise<number | null> {
  const script = join(import.meta.dirname, 'race-writer.ts')
  const child = fork(script, [room.prefix, tableName, String(writer), String(COMMITS_A_WRITER)])
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

test('eight writers in eight processes race a hundred commits each: 800 versions, every row once', async () => {
  const { name } = await room.lake.ensureTable('race', sales)
  const codes = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => runWriter(name, writer)))
  expect(codes).toEqual(Array(WRITERS).fill(0))

  const table = await room.stranger().table(name)
  const snapshot = await table.snapshot()
  expect(snapshot.version).toBe(WRITERS * COMMITS_A_WRITER)
  expect(snapshot.files.size).toBe(WRITERS * COMMITS_A_WRITER)
  expect((await table.history(1_000)).length).toBe(WRITERS * COMMITS_A_WRITER + 1)
  for (let writer = 0; writer < WRITERS; writer += 1) {
    expect(await table.transactionVersion(`writer-${writer}`)).toBe(COMMITS_A_WRITER - 1)
  }
  const [counted] = await room.query(
    `select count(*)::integer as rows, count(distinct (store_id, line))::integer as lines from ${await table.scan()}`,
  )
  expect(counted).toEqual({ rows: WRITERS * COMMITS_A_WRITER, lines: WRITERS * COMMITS_A_WRITER })
})
