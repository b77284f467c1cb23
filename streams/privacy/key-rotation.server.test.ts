import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSubject, resealSubjects, sealSubject } from '../../activities/privacy/sealed-subjects.ts'
import { createVault } from '../../platform/vault.ts'
import { createWorld, type World } from '../testing/world.ts'
import { createCustomerDoor } from './customer-door.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.close())

const newKey = () => randomBytes(32).toString('base64')
const [old, next] = [newKey(), newKey()]
const vaultOf = (...secretKeys: string[]) => createVault({ secretKeys, secretKeysFile: [] })

async function nameOfAnn(...secretKeys: string[]): Promise<string> {
  const event = { customer_id: 'ann', event_at: '2017-03-01T10:00:00Z' }
  await createCustomerDoor(world.pool, vaultOf(...secretKeys)).pass('customer_events', [event])
  return event.customer_id
}

async function startStreamWorker(...secretKeys: string[]): Promise<void> {
  await world.start(['online_orders'], { settings: { ...world.settings, secretKeys } })
  await world.stop()
}

test('when a key of the settings is rotated a customer keeps their pseudonym', async () => {
  // From before there were keys.
  const name = await nameOfAnn()
  await startStreamWorker(old)
  expect(await nameOfAnn(old)).toBe(name)
  await expect(nameOfAnn(next)).rejects.toThrow("the secret of customer door can't be opened")
  await startStreamWorker(next, old)
  expect(await nameOfAnn(next)).toBe(name)
  const sealed = async () => (await world.pool.query('select sealed_key from ref.customer_door')).rows[0]
  const before = await sealed()
  await startStreamWorker(next)
  expect(await sealed()).toEqual(before)
})

test('an erasure that is not finished is opened by the new key', async () => {
  const { pool } = world
  const subject = { customerIds: ['ann'], names: ['ann'], reportNames: [] }
  await pool.query(
    `insert into ops.customer_erasure (asked_by, why, lookup, sealed_subject, log_ends, kafka_until)
     values ('ann', 'test', null, $1, '{}', now())`,
    [sealSubject(vaultOf(old), subject)],
  )
  await resealSubjects(pool, vaultOf(next, old))
  const { rows } = await pool.query<{ sealed: string }>('select sealed_subject as sealed from ops.customer_erasure')
  expect(openSubject(vaultOf(next), rows[0]!.sealed)).toEqual(subject)
})
