import { describe, expect, test } from 'vitest'
import { nextRestart } from './connector-watch.ts'

type Failure = NonNullable<ReturnType<typeof nextRestart>['failure']>

/** Seconds after which a connector that fails for ever is started again, looked at every ten seconds. */
function restartsWithin(seconds: number): number[] {
  let failure: Failure | undefined
  const due: number[] = []
  for (let at = 0; at <= seconds; at += 10) {
    const decided = nextRestart(failure, true, at * 1_000)
    failure = decided.failure
    if (decided.isDue) due.push(at)
  }
  return due
}

describe('a connector that has failed', () => {
  test('is started again after pauses that double, up to ten minutes', () => {
    const due = restartsWithin(4_000)
    const pauses = due.map((at, index) => at - (due[index - 1] ?? 0))
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600])
  })

  test('begins with short pauses again once it has run for five minutes', () => {
    let failure: Failure | undefined = { count: 6, nextAtMs: 0, runningSinceMs: undefined }
    failure = nextRestart(failure, false, 1_000_000).failure
    expect(failure).toMatchObject({ count: 6 })
    failure = nextRestart(failure, false, 1_000_000 + 299_999).failure
    expect(failure).toMatchObject({ count: 6 })
    expect(nextRestart(failure, false, 1_000_000 + 300_000)).toEqual({ failure: undefined, isDue: false })
  })

  test('that fails again sooner does not', () => {
    let failure: Failure | undefined = { count: 3, nextAtMs: 5_000_000, runningSinceMs: undefined }
    failure = nextRestart(failure, false, 1_000_000).failure
    const decided = nextRestart(failure, true, 1_200_000)
    expect(decided).toEqual({ failure: { count: 3, nextAtMs: 5_000_000, runningSinceMs: undefined }, isDue: false })
  })
})
