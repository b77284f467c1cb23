import { join } from 'node:path'
import type { Settings } from '../../platform/settings/settings.ts'
import { IN_CLEAR, type TestReceiver, whenListening } from '../receive/testing.ts'
import type { TestBridgeOptions } from './bridge-for-tests.ts'
import type { Device } from './device.ts'

const BRIDGE = join(import.meta.dirname, 'bridge-for-tests.ts')

/** A bridge on the database and topics of a test, in a process that the test can kill. Its address is `mqtt://127.0.0.1:18093`. */
export async function startTestBridge(
  { settings, topics }: { settings: Settings; topics: { suffix: string } },
  change: Partial<Settings> = {},
): Promise<TestReceiver> {
  const options: TestBridgeOptions = {
    settings: { ...settings, ...IN_CLEAR, mqttPort: 0, logLevel: 'info', ...change },
    topicSuffix: topics.suffix,
  }
  return whenListening([BRIDGE, JSON.stringify(options)])
}

/** A till of the store s1 in Berlin. */
export const testDevice = (deviceId: string, passwordHash: string): Device => ({
  deviceId,
  storeId: 's1',
  sourceIds: ['tills'],
  sensor: 'till',
  shelfId: null,
  timeZone: 'Europe/Berlin',
  passwordHash,
  previousHash: null,
  previousUntil: null,
})
