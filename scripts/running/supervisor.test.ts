import { expect, test } from 'vitest'
import { backoffMs, type Launched, supervise } from './supervisor.ts'

/** Time that passes only when something waits for it. */
class TestClock {
  #now = 0
  now = () => this.#now
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#now += ms
    // What waits for something else is resumed first.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What a process does: for this many milliseconds it has the problem, then works, and ends after `livesMs`. */
interface Life {
  livesMs: number
  problem?: { fromMs: number; toMs: number; what: string }
  how?: string
}

/** Lets a supervisor look after processes with these lives, until the last of them has ended. */
async function superviseLives(lives: readonly (Life | 'no start')[]) {
  const clock = new TestClock()
  const stop = new AbortController()
  const lines: string[] = []
  const starts: number[] = []
  const left = [...lives]
  const launch = async (): Promise<Launched> => {
    starts.push(clock.now())
    const life = left.shift()
    if (life === undefined) {
      stop.abort()
      return { ended: new Promise(() => undefined), problem: async () => undefined }
    }
    if (life === 'no start') throw new Error('no memory')
    const startedAt = clock.now()
    const ended = Promise.withResolvers<string>()
    const look = (): void => {
      if (clock.now() - startedAt >= life.livesMs) ended.resolve(life.how ?? 'it was killed by SIGKILL')
      else setImmediate(look)
    }
    look()
    const { fromMs = 0, toMs = 0, what = '' } = life.problem ?? {}
    return {
      ended: ended.promise,
      async problem() {
        const age = clock.now() - startedAt
        return age >= fromMs && age < toMs ? what : undefined
      },
    }
  }
  const say = (line: string) => lines.push(line)
  const first = await launch()
  await supervise({ name: 'worker stream', log: '/x.log', launch, say, signal: stop.signal, clock }, first)
  return { lines, starts }
}

test('it waits twice as long each time, a minute at most, and never stops trying', () => {
  expect([1, 2, 3, 6, 7, 8, 1_000].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000])
})

test('a process that ends is started again; the output shows why, where its log is, when it is retried, and that it is back', async () => {
  const { lines } = await superviseLives([
    { livesMs: 10_000 },
    { livesMs: 5_000, how: 'it ended with code 1: no broker' },
  ])
  expect(lines).toEqual([
    'worker stream is down: it was killed by SIGKILL; it is started again in 1.0 s (log: /x.log)',
    expect.stringMatching(/^worker stream is back: it was down for 1\.[0-9] s$/),
    'worker stream is down: it ended with code 1: no broker; it is started again in 2.0 s (log: /x.log)',
  ])
})

test('one that ends at once every time is started a hundred times, each with a line', async () => {
  const crash: Life = {
    livesMs: 0,
    problem: { fromMs: 0, toMs: 1_000, what: 'starting' },
    how: 'it ended with code 1: x',
  }
  const { lines, starts } = await superviseLives(Array(100).fill(crash))
  expect(lines).toHaveLength(100)
  expect(lines[1]).toMatch(
    /^worker stream is down, for 1\.\d s now: it ended with code 1: x; it is started again in 2\.0 s/,
  )
  const pauses = starts.slice(1).map((at, index) => Math.floor((at - starts[index]!) / 1_000))
  expect(pauses.slice(0, 8)).toEqual([3, 2, 4, 8, 16, 32, 60, 60])
  expect(pauses.every((seconds) => seconds <= 61)).toBe(true)
})

test('a minute of health resets the pauses', async () => {
  const short: Life = { livesMs: 1_000 }
  const { lines } = await superviseLives([short, short, short, { livesMs: 70_000 }, short])
  const waits = lines.flatMap((line) => /started again in (\S+ s)/.exec(line)?.[1] ?? [])
  expect(waits).toEqual(['1.0 s', '2.0 s', '4.0 s', '1.0 s', '2.0 s'])
})

test('one that can not be started is retried', async () => {
  const { lines } = await superviseLives([{ livesMs: 1_000 }, 'no start', { livesMs: 70_000 }])
  expect(lines[1]).toMatch(/is down, for 1.0 s now: it could not be started: no memory; it is started again in 2.0 s/)
  expect(lines[2]).toMatch(/is back/)
})

test('one that runs and does not work is named once, and once more when it works again', async () => {
  const problem = { fromMs: 20_000, toMs: 100_000, what: 'not in their consumer group: raw_sink' }
  const { lines } = await superviseLives([{ livesMs: 200_000, problem }])
  expect(lines.slice(0, 2)).toEqual([
    'worker stream is down: it is running but not healthy: not in their consumer group: raw_sink (log: /x.log)',
    expect.stringMatching(
      /^worker stream is back: it was down for 1 min 1[0-9] s|^worker stream is back: it was down for 7\d\.\d s/,
    ),
  ])
})

test('a start may take a minute; after that it is named', async () => {
  const problem = { fromMs: 0, toMs: 100_000, what: 'connecting' }
  const { lines } = await superviseLives([{ livesMs: 1_000 }, { livesMs: 200_000, problem }])
  expect(lines[1]).toMatch(
    /is down, for 1 min 0 s now|is down, for 1 min \d s now: it is running but not healthy: connecting/,
  )
  expect(lines[2]).toMatch(/is back: it was down for 1 min 4\d s/)
})
