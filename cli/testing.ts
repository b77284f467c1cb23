import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Settings } from '../platform/settings/settings.ts'

export interface Outcome {
  code: number
  /** What it printed. */
  out: string
  /** What it wrote to standard error. */
  error: string
}

const COMMAND = join(import.meta.dirname, '..', 'shelfline')
const OUTPUT_BYTES_MAX = 64 * 2 ** 20

/** Runs `./shelfline` as a process, to its end. */
export function shelfline(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(COMMAND, words, { env, maxBuffer: OUTPUT_BYTES_MAX }, (problem, out, error) =>
      resolve({ code: problem === null ? 0 : Number(problem.code), out, error }),
    )
  })
}

/** The environment in which the commands use a test's own database and lake folder. */
export const environmentOf = ({
  postgresUrl,
  postgresMigrateUrl,
  postgresWebUrl,
  lakePrefix,
}: Settings): NodeJS.ProcessEnv => ({
  ...process.env,
  SHELFLINE_POSTGRES_URL: postgresUrl,
  SHELFLINE_POSTGRES_MIGRATE_URL: postgresMigrateUrl,
  SHELFLINE_POSTGRES_WEB_URL: postgresWebUrl,
  SHELFLINE_LAKE_PREFIX: lakePrefix,
})
