/** Ends what readers of reports run for too long: they can raise the limits of their logins for themselves. */
import type { Logger } from '../platform/log.ts'
import type { Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { type Repetition, repeatEvery } from '../platform/repeat.ts'

const LOOK_MS = 15_000
/** Above the limits of the logins (`services/access/logins.ts`), which cancel a statement with an error that names the limit. */
const TRANSACTION_MAX = '16 minutes'
const WAITING_MAX = '2 minutes'

const endLongReads = statement('workers/end_long_reads.sql')

/** Looks every 15 seconds until it is stopped. */
export function limitReaders(pool: Pool, logger: Logger): Repetition {
  async function look(): Promise<void> {
    const { rows } = await pool.query<{ login: string; why: string }>(endLongReads, [TRANSACTION_MAX, WAITING_MAX])
    for (const ended of rows) logger.warn(ended, "a reader's session was ended")
  }
  return repeatEvery(LOOK_MS, look, { logger, problem: 'long sessions of readers can not be ended' })
}
