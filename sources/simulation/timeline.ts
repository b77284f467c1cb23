interface Entry {
  atMs: number
  order: number
  act: () => void
}

/** What will happen, soonest first; of two things at one instant the one that was planned first. A binary heap. */
export class Timeline {
  readonly #heap: Entry[] = []
  #planned = 0
  nowMs: number

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  /** Plans `act` for an instant; one that has passed means now. */
  at(atMs: number, act: () => void): void {
    this.#planned += 1
    this.#heap.push({ atMs: Math.max(atMs, this.nowMs), order: this.#planned, act })
    this.#rise(this.#heap.length - 1)
  }

  /** Lets everything happen that is planned before `untilMs`, also what is planned meanwhile; then it is `untilMs`. */
  run(untilMs: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.atMs < untilMs; first = this.#heap[0]) {
      this.#removeFirst()
      this.nowMs = first.atMs
      first.act()
    }
    this.nowMs = untilMs
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (this.#isBefore(parent, at)) return
      this.#swap(parent, at)
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1
      if (left >= this.#heap.length) return
      const right = left + 1
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left
      if (this.#isBefore(at, child)) return
      this.#swap(at, child)
      at = child
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one]!
    const b = this.#heap[other]!
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one]!
    this.#heap[one] = this.#heap[other]!
    this.#heap[other] = kept
  }
}
