/** The thread that a what-if is computed in: `inThread` starts it, and ends it when the reader leaves. */
import { parentPort, workerData } from 'node:worker_threads'
import { createLogger } from '../../platform/log.ts'
import { actingAs } from '../../platform/postgres/acting.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { ServiceError } from '../../services/errors.ts'
import { type WhatIfAnswer, type WhatIfQuestion, whatIf } from '../../services/replenishment/whatif.ts'

export interface ThreadInput {
  settings: Pick<Settings, 'postgresUrl' | 'postgresPoolMax' | 'timeZone'>
  person: string
  question: WhatIfQuestion
}

export type ThreadAnswer = { answer: WhatIfAnswer } | { refused: string } | { failed: string }

async function compute({ settings, person, question }: ThreadInput): Promise<ThreadAnswer> {
  const pool = createPool(settings, createLogger({ logLevel: 'silent' }, 'web'))
  try {
    const acting = actingAs(pool, person, { isReadOnly: true })
    return { answer: await whatIf({ pool: acting, timeZone: settings.timeZone }, question, () => undefined) }
  } catch (error) {
    return error instanceof ServiceError ? { refused: error.message } : { failed: String((error as Error).stack) }
  } finally {
    await pool.end()
  }
}

parentPort!.postMessage(await compute(workerData as ThreadInput))
