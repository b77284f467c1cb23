/** Events a second, on average; what was not used within the last two seconds may come at once. */
export class EventRate {
  readonly #perSecond: number
  readonly #now: () => number
  #left: number
  #atMs: number

  /** @param now milliseconds that only rise */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#now = now
    this.#left = 2 * perSecond
    this.#atMs = now()
  }

  /** Seconds until the next body may come; 0: it may come now. How many events it has is not known yet. */
  waitSeconds(): number {
    this.#refill()
    return this.#left > 0 ? 0 : Math.max(1, Math.ceil((1 - this.#left) / this.#perSecond))
  }

  /** Counts the events of a body; more than are left is a debt that later ones wait for. */
  take(events: number): void {
    this.#refill()
    this.#left -= events
  }

  #refill(): void {
    const nowMs = this.#now()
    this.#left = Math.min(2 * this.#perSecond, this.#left + ((nowMs - this.#atMs) / 1000) * this.#perSecond)
    this.#atMs = nowMs
  }
}
