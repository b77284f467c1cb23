/** Sources as a person registers and tries them: the commands as processes, and a receiver. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestReceiver, type TestReceiver } from '../sources/receive/testing.ts'
import { createWorld, killHard, until, type World } from '../streams/testing/world.ts'
import { environmentOf, shelfline } from './testing.ts'

let world: World
let receiver: TestReceiver
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  world = await createWorld()
  environment = environmentOf(world.settings)
  receiver = await startTestReceiver(world)
}, 300_000)
afterAll(async () => {
  if (receiver) await killHard(receiver.process)
  await world?.close()
})

const sources = (...words: string[]) => shelfline(['sources', ...words], environment)

test('a shop is registered, sends its orders, gets a new secret, and is removed', { timeout: 600_000 }, async () => {
  const added = await sources('add', 'shop', '--map', 'data/examples/shop.yaml', '--scheme', 'shopify')
  expect(added).toMatchObject({ code: 0, error: '' })
  expect(added.out).toMatch(/pos_transactions[\s\S]*Its sender signs with whsec_/)
  const [, secret] = /(whsec_\S+)/.exec(added.out)!

  const send = (file: string) => sources('send', 'shop', file, '--to', receiver.address)
  await until('the source is known', 60_000, async () => (await send('data/examples/shop.jsonl')).code === 0)
  expect(await send('data/examples/shop.jsonl')).toMatchObject({
    code: 0,
    out: '200: 3 events accepted, and in Kafka\n',
  })
  // A till's rows have no orders in them.
  const wrong = await sources('send', 'shop', 'data/examples/till.csv', '--to', receiver.address)
  expect(wrong.code).toBe(1)
  expect(wrong.out).toMatch(/422: .*break the contract/)

  const shown = await sources('show', 'shop')
  expect(shown.out).toMatch(/shopify/)
  expect(shown.out + (await sources('list', '--json')).out).not.toContain(secret)
  expect((await sources('rotate', 'shop')).out).toMatch(/The secret before is valid until/)
  expect((await sources('set', 'shop', '--rate', '5')).out).toMatch(/events a second .* 5/)
  expect((await sources('remove', 'shop')).code).toBe(0)
  expect(await sources('show', 'shop')).toMatchObject({
    code: expect.any(Number),
    error: expect.stringContaining('"shop" does not exist'),
  })
})

test.each([
  [['add', 'Shop', '--topic', 'pos_transactions'], /source "Shop" is not a name of 1 to 63/],
  [['add', 'shop'], /a source needs a topic: give its topic, or a map/],
  [['add', 'shop', '--topic', 'nonsense'], /nonsense/],
  [['add', 'shop', '--topic', 'pos_transactions', '--secret-file', 'package.json'], /secret is not whsec_/],
  [
    ['add', 'shop', '--topic', 'pos_transactions', '--secret-file', 'nowhere'],
    /--secret-file nowhere can't be read \(ENOENT\)/,
  ],
  [['add', 'shop', '--topic', 'pos_transactions', '--secret', 'short'], /unknown option '--secret'/],
  [['add', 'shop', '--topic', 'pos_transactions', '--scheme', 'square'], /url .*is not a URL/],
  [
    ['add', 'shop', '--topic', 'foot_traffic', '--map', 'data/examples/shop.yaml'],
    /topic "foot_traffic" is not pos_transactions/,
  ],
  [['add', 'shop', '--map', 'nowhere.yaml'], /nowhere\.yaml can't be read \(ENOENT\)/],
  [['rotate', 'nowhere'], /source "nowhere" does not exist/],
  [['send', 'nowhere', 'data/examples/shop.jsonl'], /source "nowhere" does not exist/],
])('%j is refused, with why', async (words, why) => {
  const { code, error } = await sources(...words)
  expect(code).toBeGreaterThan(0)
  expect(error).toMatch(why)
  expect(error).not.toContain('dependencies')
})
