import { destination, type Logger, pino } from 'pino'
import { redact } from './redact.ts'
import type { Settings } from './settings/settings.ts'

export type { Logger }

const STANDARD_OUTPUT = 1
const STANDARD_ERROR = 2
let descriptor = STANDARD_OUTPUT

/** From now on loggers write to standard error: the standard output of a command is its answer, which programs read. */
export function logToStandardError(): void {
  descriptor = STANDARD_ERROR
}

/** One JSON line an event on standard output; fields that could hold a secret, and secrets in any text, are cut out. */
export function createLogger(settings: Pick<Settings, 'logLevel'>, process: string): Logger {
  return pino(
    {
      level: settings.logLevel,
      base: { process },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      hooks: { streamWrite: redact },
      redact: ['*.password', '*.secretKey', '*.accessKey', '*.connectionString', 'password', 'secretKey', 'accessKey'],
    },
    destination(descriptor),
  )
}
