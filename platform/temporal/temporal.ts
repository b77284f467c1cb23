import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection, type ConnectionOptions } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import type { Settings } from '../settings/settings.ts'
import { createPayloadCodec, type PayloadKeySettings } from './payload-codec.ts'

export type TemporalSettings = PayloadKeySettings &
  Pick<
    Settings,
    | 'temporalAddress'
    | 'temporalNamespace'
    | 'temporalTls'
    | 'temporalApiKey'
    | 'temporalApiKeyFile'
    | 'caFile'
    | 'clientCertificateFile'
    | 'clientKeyFile'
  >

/** The task queue of the batch side: written here once, used by its workers and by everything that starts a workflow. */
export const BATCH_TASK_QUEUE = 'shelfline-batch'

/**
 * Backfills and repairs have a task queue of their own, with slots of their own in every batch worker, so that they never
 * hold up the pipelines.
 */
export const BACKFILL_TASK_QUEUE = 'shelfline-backfill'

/** Options that clients and workers connect with alike. Files are read now. */
export function temporalConnection(settings: Omit<TemporalSettings, keyof PayloadKeySettings | 'temporalNamespace'>): {
  address: string
  apiKey?: string
  tls: NonNullable<ConnectionOptions['tls']>
} {
  const { temporalAddress: address, caFile, clientCertificateFile, clientKeyFile } = settings
  if (settings.temporalTls === 'off') return { address, tls: false }
  const apiKey = settings.temporalApiKeyFile || settings.temporalApiKey
  return {
    address,
    ...(apiKey !== '' && { apiKey }),
    tls: {
      ...(caFile !== '' && { serverRootCACertificate: readFileSync(caFile) }),
      ...(clientCertificateFile !== '' && {
        clientCertPair: { crt: readFileSync(clientCertificateFile), key: readFileSync(clientKeyFile) },
      }),
    },
  }
}

export const FAILURE_CONVERTER_PATH = join(import.meta.dirname, 'failure-converter.ts')

/** How clients and workers write and read payloads alike; undefined: in clear. */
export function dataConverter(settings: PayloadKeySettings): DataConverter | undefined {
  const codec = createPayloadCodec(settings)
  return codec && { payloadCodecs: [codec], failureConverterPath: FAILURE_CONVERTER_PATH }
}

/** Connects within ten seconds or throws with the address that did not answer. Close with `client.connection.close()`. */
export async function connectTemporal(settings: TemporalSettings): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...temporalConnection(settings), connectTimeout: 10_000 })
    const converter = dataConverter(settings)
    return new Client({
      connection,
      namespace: settings.temporalNamespace,
      ...(converter && { dataConverter: converter }),
    })
  } catch (error) {
    throw new Error(
      `Temporal: ${settings.temporalAddress} does not answer (${(error as Error).message}); check that the instance is running: \`shelfline stack status\``,
      { cause: error },
    )
  }
}
