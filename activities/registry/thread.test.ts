import { expect, test } from 'vitest'
import { fitIsolationForest, forestToJson, withEdges } from '../../models/insights/isolation-forest.ts'
import { runTask } from './thread.ts'

const features = ['one', 'other']
const values = Float32Array.from({ length: 20_000 }, (_, at) => Math.sin(at * at))
const options = { trees: 20, sampleRows: 256, seed: 1 }

test('a thread comes to what the function comes to, and reports how far it is', async () => {
  const done: number[] = []
  const forest = await runTask('growForest', { features, values, ...options }, { onDone: (part) => done.push(part) })
  expect(forest).toBe(forestToJson(fitIsolationForest(withEdges({ features, values }, 1), options)))
  expect(done.at(-1)).toBe(1)
})

test('what the task throws is thrown', async () => {
  const nothing = { features, values: new Float32Array(0), ...options }
  await expect(runTask('growForest', nothing)).rejects.toThrow('0 values are not rows of 2 features')
})

test('a cancelled task ends at once', async () => {
  const cancelling = new AbortController()
  const endless = runTask(
    'growForest',
    { features, values, ...options, trees: 1_000_000 },
    { signal: cancelling.signal, onDone: () => cancelling.abort(new Error('enough')) },
  )
  await expect(endless).rejects.toThrow('enough')
  await expect(runTask('growForest', { features, values, ...options }, { signal: cancelling.signal })).rejects.toThrow(
    'enough',
  )
})
