import { expect, test } from 'vitest'
import { nodeFlags, processEnvironment } from '../../workers/stream-flags.ts'
import { runFuzz } from '../testing/fuzzing.ts'

/** More by `node streams/testing/fuzz.ts --events 1000000`. */
const EVENTS = 10_000
const WITHIN_MS = 10 * 60_000

test(
  'takes ten thousand hostile messages: each is applied or a dead letter, and every worker lives',
  async () => {
    const report = await runFuzz({
      events: EVENTS,
      seed: 1,
      worker: { flags: nodeFlags, environment: processEnvironment },
    })
    expect(report.bombs).toBeGreaterThan(0)
    expect(report.peakMegabytes).toBeLessThan(500)
    // The mutations reach what they are there for.
    expect(Object.keys(report.letters).sort()).toEqual(
      expect.arrayContaining([
        'future_event',
        'invalid_json',
        'rejected_by_database',
        'schema_violation',
        'too_deep',
        'too_large',
        'too_old',
      ]),
    )
    expect(report.replayed).toBeGreaterThan(EVENTS / 4)
    expect(report.discarded).toBeGreaterThan(EVENTS / 4)
  },
  WITHIN_MS,
)
