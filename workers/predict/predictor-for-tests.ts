import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { runPredictor } from './process.ts'

/** The input of a predictor of a test, as JSON in its first argument. */
export interface TestPredictorOptions {
  settings: Partial<Settings>
  topicSuffix: string
}

/** A predictor on a test's own database, lake and topics, in a process that the test can kill. */
const { settings, ...options } = JSON.parse(process.argv[2]!) as TestPredictorOptions
await runPredictor({ ...loadSettings(), ...settings }, options)
process.exit()
