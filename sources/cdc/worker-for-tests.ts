import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { runCdcWorker } from './process.ts'

/** The input of a mapper of a test, as JSON in its first argument. */
export interface TestCdcOptions {
  settings: Partial<Settings>
  topicSuffix: string
}

/** A mapper on a test's own database and topics, in a process that the test can kill. */
const { settings, ...options } = JSON.parse(process.argv[2]!) as TestCdcOptions
await runCdcWorker({ ...loadSettings(), ...settings }, options)
process.exit()
