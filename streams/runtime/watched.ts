/** A chore whose failure its owner has to see, not only a reader of the log. */
export class Watched {
  readonly #what: string
  readonly #tell: (isFailing: boolean) => void
  readonly #chore: () => Promise<void>
  #problem: string | undefined

  /**
   * @param what what does not happen while it fails
   * @param tell called after each run
   */
  constructor(what: string, tell: (isFailing: boolean) => void, chore: () => Promise<void>) {
    this.#what = what
    this.#tell = tell
    this.#chore = chore
  }

  /** @throws what the chore throws */
  async run(): Promise<void> {
    try {
      await this.#chore()
      this.#problem = undefined
    } catch (error) {
      this.#problem = `${this.#what}: ${(error as Error).message}`
      throw error
    } finally {
      this.#tell(this.#problem !== undefined)
    }
  }

  /** Why the last run failed, or undefined. */
  problem(): string | undefined {
    return this.#problem
  }
}
