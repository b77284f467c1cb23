import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { runFilesWorker } from './process.ts'

/** The input of a worker of a test, as JSON in its first argument. */
export interface TestFilesOptions {
  settings: Partial<Settings>
  topicSuffix: string
  claimMs: number
}

/** A worker on a test's own database and topics, in a process that the test can kill. */
const { settings, ...options } = JSON.parse(process.argv[2]!) as TestFilesOptions
await runFilesWorker({ ...loadSettings(), ...settings }, options)
process.exit()
