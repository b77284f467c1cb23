import { setTimeout as realPause } from 'node:timers/promises'
import { formatDuration } from '../../cli/output.ts'

/** A process that was started. */
export interface Launched {
  /** How it ended, in a few words; it never rejects. */
  ended: Promise<string>
  /** What is wrong with it now, undefined when it works; it never rejects. */
  problem(): Promise<string | undefined>
}

export interface SupervisorOptions {
  /** What lines begin with: `worker stream`. */
  name: string
  /** Where the process writes. */
  log: string
  launch(): Promise<Launched>
  say(line: string): void
  /** When it is aborted, nothing more is started or reported. */
  signal: AbortSignal
  /** Milliseconds; a test has its own. */
  clock?: { now(): number; pause(ms: number, signal: AbortSignal): Promise<unknown> }
}

const BACKOFF_MS_MIN = 1_000
const BACKOFF_MS_MAX = 60_000
/** A process that has worked so long is not one that fails at its start. */
const HEALTHY_MS = 60_000
const STARTING_POLL_MS = 250
const RUNNING_POLL_MS = 2_000
/** After this many checks in a row that find a problem the process counts as down. */
const PROBLEMS_MAX = 3
/** A start that takes longer is worth a line; the process is left to it. */
const STARTING_MS_MAX = 60_000

const realClock = {
  now: () => performance.now(),
  pause: (ms: number, signal: AbortSignal): Promise<unknown> => realPause(ms, undefined, { signal }),
}

/** The pause before start number `attempt`, from 1, after an end: 1 s, 2 s, 4 s … up to a minute. */
export const backoffMs = (attempt: number): number => Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (attempt - 1))

/**
 * Keeps a process running until the signal is aborted: starts it again each time that it ends, without a limit. It reports
 * when the process is down, why, where its log is and when it is started again; and when it is back and how long it was
 * away.
 *
 * @param first the process that works already
 */
export async function supervise(options: SupervisorOptions, first: Launched): Promise<void> {
  const { name, log, signal, clock = realClock } = options
  const say = (line: string) => signal.aborted || options.say(line)
  const wait = (ms: number) => clock.pause(ms, signal).catch(() => undefined)
  /** Since when it does not work; undefined while it does. */
  let downSince: number | undefined
  let attempts = 0

  const sayDown = (what: string) => {
    const length = downSince === undefined ? '' : `, for ${formatDuration(clock.now() - downSince)} now`
    downSince ??= clock.now()
    say(`${name} is down${length}: ${what} (log: ${log})`)
  }
  const sayUp = () => {
    if (downSince !== undefined) say(`${name} is back: it was down for ${formatDuration(clock.now() - downSince)}`)
    downSince = undefined
  }

  /** Looks after a process until it ends; returns how it ended. */
  async function watch(process: Launched, wasStarted: boolean): Promise<string> {
    const startedAt = clock.now()
    let isStarting = wasStarted
    let healthySince: number | undefined
    let problems = 0
    for (;;) {
      const ended = await Promise.race([
        process.ended,
        wait(isStarting ? STARTING_POLL_MS : RUNNING_POLL_MS).then(() => undefined),
      ])
      if (ended !== undefined || signal.aborted) return ended ?? 'stopped'
      const problem = await process.problem()
      if (problem === undefined) {
        sayUp()
        isStarting = false
        problems = 0
        healthySince ??= clock.now()
        if (clock.now() - healthySince >= HEALTHY_MS) attempts = 0
        continue
      }
      healthySince = undefined
      // While it starts, its problems are what a start is made of.
      if (isStarting && clock.now() - startedAt < STARTING_MS_MAX) continue
      isStarting = false
      problems += 1
      if (problems === PROBLEMS_MAX) sayDown(`it is running but not healthy: ${problem}`)
    }
  }

  let reason = await watch(first, false)
  while (!signal.aborted) {
    attempts += 1
    sayDown(`${reason}; it is started again in ${formatDuration(backoffMs(attempts))}`)
    await wait(backoffMs(attempts))
    if (signal.aborted) return
    reason = await options.launch().then(
      (process) => watch(process, true),
      (error: Error) => `it could not be started: ${error.message}`,
    )
  }
}
