/** Readers who take away the time limits of their login. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { createReaderDatabase, loginOf, processUrl, query, type ReaderDatabase } from './testing.ts'

const settings = loadSettings()
const opened: pg.Client[] = []
let database: ReaderDatabase
let reader: string

const open = async (url: string) => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  opened.push(client)
  return client
}

/** As the batch worker calls it; only what is about this reader. */
const endLongReads = async (transactionMax: string, waitingMax: string) => {
  const url = processUrl(settings, database.url, 'batch')
  return query(url, 'select login, why from ops.end_long_reads($1, $2)', [transactionMax, waitingMax])
}
const problemOf = (work: Promise<unknown>) => work.then(String, (error: { code?: string }) => error.code)
const ENDED = '57P01'

beforeAll(async () => {
  database = await createReaderDatabase(settings)
  reader = await database.createReader('slow')
})
afterAll(async () => {
  for (const client of opened) await client.end().catch(() => undefined)
  await database?.drop()
})

test('a statement that takes too long is ended, whatever the login has set; others are left alone', async () => {
  const [slow, worker] = [await open(reader), await open(database.url)]
  await slow.query('set statement_timeout = 0')
  const sleeping = problemOf(slow.query('select pg_sleep(60)'))
  const working = worker.query('select pg_sleep(3)')
  const why = 'a statement or transaction took longer than 00:00:01'
  await expect.poll(() => endLongReads('1 second', '1 hour')).toEqual([{ login: loginOf(reader), why }])
  expect(await sleeping).toBe(ENDED)
  await working
  expect(await query(database.url, `select login, action, object_id from ops.audit where object = 'reader session'`)).toEqual([
    { login: 'shelfline_batch', action: 'end', object_id: loginOf(reader) },
  ])
})

test('a transaction that waits, and one that is kept open by short statements, are ended', async () => {
  const waiting = await open(reader)
  await waiting.query('set idle_in_transaction_session_timeout = 0')
  await waiting.query('begin; select 1')
  await expect.poll(() => endLongReads('1 hour', '100 milliseconds')).toHaveLength(1)
  const busy = await open(reader)
  await busy.query('begin')
  await busy.query('select pg_sleep(0.2)')
  await busy.query('select 1')
  await expect.poll(() => endLongReads('100 milliseconds', '1 hour')).toHaveLength(1)
  expect(await problemOf(busy.query('select 1'))).not.toBe('[object Object]')
})

test('a reader ends no one', async () => {
  await expect(query(reader, `select ops.end_long_reads('0', '0')`)).rejects.toThrow(/permission denied/)
  await expect(query(database.url, 'select 1')).resolves.toHaveLength(1)
})
