import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Visitor } from '../definition.ts'
import { texts } from '../texts.ts'
import { ApiRefusal } from './problem.ts'

const WINDOW_S = 60

/**
 * Counts the requests of each token, and of each person who is signed in, in this process. What it keeps is bounded by the tokens and
 * people that there are: no one else is counted.
 */
export class RateLimit {
  readonly #perMinute: number
  readonly #limiter: RateLimiterMemory

  constructor(perMinute: number) {
    this.#perMinute = perMinute
    this.#limiter = new RateLimiterMemory({ points: perMinute, duration: WINDOW_S })
  }

  /** @throws ApiRefusal when there were too many in the last minute, with the seconds until more are taken */
  async count({ person, token }: Visitor): Promise<void> {
    const key = token === undefined ? `person ${person}` : `token ${token.tokenId}`
    await this.#limiter.consume(key).catch(({ msBeforeNext }: RateLimiterRes) => {
      const seconds = String(Math.max(1, Math.ceil(msBeforeNext / 1_000)))
      throw new ApiRefusal(429, 'rate_limited', texts.errors.tooMany(this.#perMinute), {
        headers: { 'retry-after': seconds },
      })
    })
  }
}
