import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { runReceiver } from './process.ts'

/** The input of a receiver of a test, as JSON in its first argument. */
export interface TestReceiverOptions {
  settings: Partial<Settings>
  topicSuffix: string
}

/** A receiver on a test's own database and topics, in a process that the test can kill. */
const { settings, ...options } = JSON.parse(process.argv[2]!) as TestReceiverOptions
await runReceiver({ ...loadSettings(), ...settings }, options)
process.exit()
