import { UsageError } from '../../cli/output.ts'
import type { Home } from '../stack/home.ts'
import { endProcess, isRunning, type ProcessRecord, recordProcess } from '../stack/processes.ts'

const FILE = 'foreground.json'
/** Workers finish their batch and the servers write down what they hold: that takes some seconds. */
const STOP_WAIT_MS = 90_000

type ForegroundRecord = ProcessRecord & { ownsServers: boolean }

/** The one `./scripts/run` of an instance: what it started ends with it. */
export class Foreground {
  /** Aborted by Ctrl-C, by `./scripts/run --down`, or when the terminal or the pipe that is written to goes away. */
  readonly signal: AbortSignal
  /** A run before this one was killed: the servers it left behind are ours to stop. */
  readonly inherited: boolean
  readonly #home: Home
  readonly #stop = new AbortController()
  readonly #leaving: (() => Promise<unknown>)[] = []

  private constructor(home: Home, inherited: boolean) {
    this.#home = home
    this.inherited = inherited
    this.signal = this.#stop.signal
  }

  /** @throws UsageError when another run holds the instance */
  static async enter(home: Home): Promise<Foreground> {
    home.create()
    const before = read(home)
    if (before !== undefined && isRunning(before)) {
      throw new UsageError(
        `an instance runs already in ${home.folder} (process ${before.pid}): \`./scripts/run --down\` stops it, ` +
          'SHELFLINE_HOME=FOLDER with --free-ports starts another beside it',
      )
    }
    const foreground = new Foreground(home, before?.ownsServers ?? false)
    foreground.#record(foreground.inherited)
    const stop = () => foreground.#stop.abort(new Error('stopped'))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
    outliveOutput(stop)
    return foreground
  }

  /** Records that the servers end with this run, also when a later run has to do it. */
  ownServers(): void {
    this.#record(true)
  }

  /** `work` is done when the run ends; what was registered last is done first. */
  onLeave(work: () => Promise<unknown>): void {
    this.#leaving.push(work)
  }

  async untilStopped(): Promise<void> {
    // A promise alone does not keep a process alive, and the workers' pipes may close at any time.
    const alive = setInterval(() => {}, 60_000)
    await new Promise<void>((stopped) => {
      if (this.signal.aborted) stopped()
      else this.signal.addEventListener('abort', () => stopped(), { once: true })
    })
    clearInterval(alive)
  }

  /**
   * Does all that was registered, also when a part of it fails.
   *
   * @throws the first failure; the next run then stops what this one left
   */
  async leave(): Promise<void> {
    this.#stop.abort(new Error('stopped'))
    const failures: unknown[] = []
    for (const work of this.#leaving.reverse()) await work().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
    this.#home.forget(FILE)
  }

  #record(ownsServers: boolean): void {
    this.#home.writePrivate(FILE, { ...recordProcess(process.pid)!, ownsServers })
  }
}

/**
 * Keeps this process alive when its output is no longer read: of `./scripts/run | tee log`, Ctrl-C ends both, and
 * what was started has to be stopped all the same.
 */
export function outliveOutput(onClosed: () => void = () => undefined): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onClosed)
}

/** Asks the run that holds the instance, if there is one, to stop, and waits until it has. */
export async function endForeground(home: Home): Promise<void> {
  const record = read(home)
  if (record !== undefined) await endProcess(record, 'SIGTERM', STOP_WAIT_MS)
  home.forget(FILE)
}

const read = (home: Home): ForegroundRecord | undefined => home.read<ForegroundRecord>(FILE)
