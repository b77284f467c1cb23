import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { runMqttWorker } from './process.ts'

/** The input of a bridge of a test, as JSON in its first argument. */
export interface TestBridgeOptions {
  settings: Partial<Settings>
  topicSuffix: string
}

/** A bridge on a test's own database and topics, in a process that the test can kill. */
const { settings, ...options } = JSON.parse(process.argv[2]!) as TestBridgeOptions
await runMqttWorker({ ...loadSettings(), ...settings }, options)
process.exit()
