import { type Home, type Instance, type ProgramName, type ServerName, serverNames } from '../stack/home.ts'
import type { StackProgress } from '../stack/progress.ts'
import { createProgressDisplay, type ProgressDisplay } from '../stack/progress-display.ts'
import { down, status, up } from '../stack/stack.ts'
import type { Foreground } from './foreground.ts'

export async function withDisplay<Result>(work: (display: ProgressDisplay) => Promise<Result>): Promise<Result> {
  const display = createProgressDisplay()
  try {
    return await work(display)
  } finally {
    display.stop()
  }
}

export interface SetUpOptions {
  home: Home
  foreground: Foreground
  docker: boolean
  freePorts: boolean
  /** Of a new instance: encrypted connections, certificates and users of its own. */
  secure: boolean
  /** Prometheus and Alertmanager, too. */
  monitoring: boolean
}

/** The servers as they come up: what needs only some of them does not wait for the others, which may be built for minutes. */
export class SetUp {
  /** All servers are ready. */
  readonly instance: Promise<Instance>
  readonly #ready: ReadonlyMap<ProgramName, PromiseWithResolvers<void>>
  #missing: number = serverNames.length
  #display: ProgressDisplay = createProgressDisplay()

  constructor(options: SetUpOptions) {
    this.#ready = new Map(serverNames.map((name) => [name, Promise.withResolvers<void>()]))
    this.instance = this.#start(options).finally(() => this.#display.stop())
    this.instance.catch((error: unknown) => {
      for (const { reject } of this.#ready.values()) reject(error)
    })
    // A caller that waits for one gets its error; the others end with the instance.
    for (const { promise } of this.#ready.values()) promise.catch(() => undefined)
  }

  get isComplete(): boolean {
    return this.#missing === 0
  }

  onProgress = (progress: StackProgress): void => this.#display.onProgress(progress)

  async ready(...names: ServerName[]): Promise<void> {
    await Promise.all(names.map((name) => this.#ready.get(name)!.promise))
  }

  /** Bars of several programs on one terminal overwrite each other: what is left of the set-up is printed in lines. */
  shareTerminal(): void {
    if (this.isComplete || !process.stderr.isTTY) return
    this.#display.stop()
    this.#display = createProgressDisplay('lines')
  }

  async #start({ home, foreground, docker, freePorts, secure, monitoring }: SetUpOptions): Promise<Instance> {
    const onProgress = this.onProgress
    const isOurs =
      foreground.inherited || (await status({ home: home.folder })).every(({ state }) => state !== 'running')
    if (isOurs) {
      foreground.ownServers()
      foreground.onLeave(() => withDisplay(({ onProgress: onStop }) => down({ home: home.folder, onProgress: onStop })))
    }
    return up({
      home: home.folder,
      docker,
      secure,
      monitoring,
      onProgress,
      signal: foreground.signal,
      ports: freePorts ? 'free' : 'fixed',
      onReady: (name) => {
        const ready = this.#ready.get(name)
        // No stage waits for what only watches.
        if (ready === undefined) return
        this.#missing -= 1
        ready.resolve()
      },
    })
  }
}
