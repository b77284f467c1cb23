import { loadSettings } from '../platform/settings/settings.ts'
import type { TestWorkerOptions } from '../streams/testing/world.ts'
import { runStreamWorker } from './stream.ts'

/** A stream worker on a test's own database, lake and topics, in a process that the test can kill. */
const options = JSON.parse(process.argv[2]!) as TestWorkerOptions
await runStreamWorker({ ...loadSettings(), ...options.settings }, options)
