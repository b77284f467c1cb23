/** What a batch may hold; one entry that is larger goes alone. */
export interface BatchBounds<Entry> {
  sizeMax: number
  countMax: number
  sizeOf: (entry: Entry) => number
  countOf: (entry: Entry) => number
}

interface Waiting<Entry, Result> {
  entry: Entry
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** One batch runs at a time; what comes meanwhile is the next batch. Waiting for more entries is never needed. */
export class Batches<Entry, Result> {
  readonly #run: (batch: readonly Entry[]) => Promise<readonly PromiseSettledResult<Result>[]>
  readonly #bounds: BatchBounds<Entry>
  #waiting: Waiting<Entry, Result>[] = []
  #running: Promise<void> | undefined

  /** @param run gives one result for each entry, in their order */
  constructor(
    run: (batch: readonly Entry[]) => Promise<readonly PromiseSettledResult<Result>[]>,
    bounds: BatchBounds<Entry>,
  ) {
    this.#run = run
    this.#bounds = bounds
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  add(entry: Entry): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      this.#running ??= this.#runAll()
    })
  }

  /** Resolves when nothing is under way and nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #runAll(): Promise<void> {
    // What is asked for in the same turn of the event loop becomes one batch.
    await new Promise((next) => setImmediate(next))
    while (this.#waiting.length > 0) {
      const batch = this.#take()
      try {
        const results = await this.#run(batch.map(({ entry }) => entry))
        for (const [index, { resolve, reject }] of batch.entries()) {
          const result = results[index]!
          if (result.status === 'fulfilled') resolve(result.value)
          else reject(result.reason)
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#running = undefined
  }

  #take(): Waiting<Entry, Result>[] {
    const { sizeMax, countMax, sizeOf, countOf } = this.#bounds
    let [size, count, taken] = [0, 0, 0]
    for (const { entry } of this.#waiting) {
      size += sizeOf(entry)
      count += countOf(entry)
      if (taken > 0 && (size > sizeMax || count > countMax)) break
      taken += 1
    }
    return this.#waiting.splice(0, taken)
  }
}
