import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Settings } from '../../platform/settings/settings.ts'
import type { TestReceiverOptions } from './receiver-for-tests.ts'

const RECEIVER = join(import.meta.dirname, 'receiver-for-tests.ts')

export interface TestReceiver {
  /** `http://127.0.0.1:18090` */
  address: string
  process: ChildProcess
}

/** Tests send in clear, also on a secure instance, whose processes serve TLS: `scripts/stack/tls-clients.test.ts` is about that. */
export const IN_CLEAR = { httpsCertificateFile: '', httpsKeyFile: '' } as const

/** A receiver on the database and topics of a test, in a process that the test can kill. */
export function startTestReceiver(
  { settings, topics }: { settings: Settings; topics: { suffix: string } },
  change: TestReceiverOptions['settings'] = {},
): Promise<TestReceiver> {
  const options: TestReceiverOptions = {
    settings: { ...settings, ...IN_CLEAR, receivePort: 0, logLevel: 'info', ...change },
    topicSuffix: topics.suffix,
  }
  return whenListening([RECEIVER, JSON.stringify(options)])
}

/** kafkajs waits a negative time where it need not wait. */
const quiet = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']

/** Starts a process of Node and waits until it logs the URL that it serves. @throws when it ends before */
export async function whenListening(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<TestReceiver> {
  const child = spawn(process.execPath, [...quiet, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    // What is not read would stop the process when the pipe is full.
    child.stdout!.resume()
    const { protocol, host } = new URL(url)
    return { address: `${protocol}//${host}`, process: child }
  }
  throw new Error(`${command[0]} has ended before it listened`)
}
