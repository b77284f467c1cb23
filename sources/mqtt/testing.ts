import { join } from 'node:path'
import type { Settings } from '../../platform/settings/settings.ts'
import { type TestReceiver, whenListening } from '../receive/testing.ts'
import type { TestBridgeOptions } from './bridge-for-tests.ts'

const BRIDGE = join(import.meta.dirname, 'bridge-for-tests.ts')

/** A bridge on the database and topics of a test, in a process that the test can kill. Its address is `mqtt://127.0.0.1:18093`. */
export async function startTestBridge(
  { settings, topics }: { settings: Settings; topics: { suffix: string } },
  change: Partial<Settings> = {},
): Promise<TestReceiver> {
  const options: TestBridgeOptions = {
    settings: { ...settings, mqttPort: 0, logLevel: 'info', ...change },
    topicSuffix: topics.suffix,
  }
  return whenListening([BRIDGE, JSON.stringify(options)])
}
