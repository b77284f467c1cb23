/** A source tried out: a file is signed and posted as its sender would do it. */
import { randomUUID } from 'node:crypto'
import { failureReason } from '../../platform/http/failure.ts'
import { signatureHeaders } from '../../platform/http/signatures.ts'
import { createVault } from '../../platform/vault.ts'
import { readSources, vaultContext } from '../../sources/receive/source.ts'
import { NotFoundError, UnavailableError } from '../errors.ts'
import type { SourceDependencies } from './sources.ts'

export interface Sending {
  /** The receiver's address, such as `http://127.0.0.1:18090`. */
  address: string
  body: Buffer
  contentType: string
}

/** What the receiver has answered. */
export interface ReceiverAnswer {
  status: number
  /** Its JSON: counts of accepted and rejected events, or what is wrong. */
  answer: unknown
}

const TIMEOUT_MS = 60_000

/** @throws NotFoundError when there is no such source; UnavailableError when no receiver answers */
export async function sendAsSource(
  { pool, settings }: SourceDependencies,
  sourceId: string,
  sending: Sending,
): Promise<ReceiverAnswer> {
  const [source] = await readSources(pool, sourceId)
  if (source === undefined) throw new NotFoundError('source', sourceId)
  const { address, body, contentType } = sending
  const secret = createVault(settings).open(source.secret, vaultContext(sourceId))
  const signed = signatureHeaders(source, secret, { id: randomUUID(), body, nowMs: Date.now() })
  try {
    const response = await fetch(`${address}/ingest/v1/${sourceId}`, {
      method: 'POST',
      headers: { 'content-type': contentType, ...signed },
      body: new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { status: response.status, answer: await response.json() }
  } catch (error) {
    throw new UnavailableError(`no receiver answers at ${address} (${failureReason(error)})`, {
      fix: '`shelfline worker receive` starts one',
    })
  }
}
