import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mapBounded, runInOrder } from './graph.ts'

const diamond = [
  { name: 'a', upstream: [] },
  { name: 'b', upstream: ['a'] },
  { name: 'c', upstream: ['a', 'elsewhere'] },
  { name: 'd', upstream: ['b', 'c'] },
  { name: 'e', upstream: [] },
]

/** A build that notes what ran together. */
function recorder(failing: readonly string[] = []) {
  const order: string[] = []
  const state = { running: 0, together: 0 }
  const build = async (name: string) => {
    state.running += 1
    state.together = Math.max(state.together, state.running)
    order.push(name)
    await setImmediate()
    state.running -= 1
    return !failing.includes(name)
  }
  return { order, state, build }
}

test('every node comes after its upstream, within the bound', async () => {
  const { order, state, build } = recorder()
  const results = await runInOrder(diamond, 2, build)
  expect([...results.values()]).toEqual(Array(5).fill('succeeded'))
  expect(order.indexOf('d')).toBeGreaterThan(Math.max(order.indexOf('b'), order.indexOf('c')))
  expect(order.indexOf('a')).toBe(0)
  expect(state.together).toBe(2)
})

test('what follows a failed node is skipped, the rest is built', async () => {
  const { build } = recorder(['b'])
  expect(Object.fromEntries(await runInOrder(diamond, 4, build))).toEqual({
    a: 'succeeded',
    b: 'failed',
    c: 'succeeded',
    d: 'skipped',
    e: 'succeeded',
  })
})

test('when everything left is skipped, it ends', async () => {
  const { build } = recorder(['a', 'e'])
  expect([...(await runInOrder(diamond, 4, build)).values()].sort()).toEqual([
    'failed',
    'failed',
    'skipped',
    'skipped',
    'skipped',
  ])
})

test('an error ends everything after what runs has settled', async () => {
  const { state, build } = recorder()
  const failing = (name: string) => (name === 'a' ? Promise.reject(new Error('cancelled')) : build(name))
  await expect(runInOrder(diamond, 4, failing)).rejects.toThrow('cancelled')
  expect(state.running).toBe(0)
})

test('results keep the order of the items, within the bound', async () => {
  const { state, build } = recorder()
  const results = await mapBounded([...'abcdef'], 3, async (item) => [item, await build(item)])
  expect(results.map(([item]) => item)).toEqual([...'abcdef'])
  expect(state.together).toBe(3)
})

test('after an error no more is begun', async () => {
  const { order, build } = recorder()
  const work = async (item: string) => {
    await build(item)
    if (item === 'b') throw new Error('broken')
  }
  await expect(mapBounded([...'abcdef'], 2, work)).rejects.toThrow('broken')
  expect(order.length).toBeLessThan(5)
})
