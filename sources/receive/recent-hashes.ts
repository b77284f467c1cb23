const HASHES_MAX = 10_000

/** The hashes that were added last. */
export class RecentHashes {
  readonly #hashes = new Set<string>()

  has(hash: string): boolean {
    return this.#hashes.has(hash)
  }

  add(hash: string): void {
    this.#hashes.add(hash)
    if (this.#hashes.size <= HASHES_MAX) return
    for (const oldest of this.#hashes) {
      this.#hashes.delete(oldest)
      break
    }
  }
}
