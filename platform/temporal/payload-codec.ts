/**
 * Inputs and results of workflows and activities as Temporal keeps them: encrypted with a key that it does not have, as Temporal's own
 * examples do it, so that their codec servers can read them.
 */
import { createHash } from 'node:crypto'
import { type Payload, type PayloadCodec, ValueError } from '@temporalio/common'
import proto from '@temporalio/proto'
import { openBytes, sealBytes } from '../sealing.ts'
import type { Settings } from '../settings/settings.ts'

export type PayloadKeySettings = Pick<Settings, 'temporalPayloadKeys' | 'temporalPayloadKeysFile'>

const ENCODING = 'binary/encrypted'
const CONTEXT = 'temporal payload'
const KEY_ID_CHARACTERS = 16

const Message = proto.temporal.api.common.v1.Payload
const utf8 = (text: string) => new TextEncoder().encode(text)

/** Names a key without showing it. */
const idOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, KEY_ID_CHARACTERS)

/** Undefined: nothing is encrypted. The first key encrypts, all decrypt; what was never encrypted is read as it is. */
export function createPayloadCodec(settings: PayloadKeySettings): PayloadCodec | undefined {
  const keys = [...settings.temporalPayloadKeysFile, ...settings.temporalPayloadKeys].map((key) =>
    Buffer.from(key, 'base64'),
  )
  const [first] = keys
  if (first === undefined) return undefined
  const metadata = { encoding: utf8(ENCODING), 'encryption-key-id': utf8(idOf(first)) }
  return {
    encode: async (payloads) =>
      payloads.map((payload) => ({
        metadata,
        data: sealBytes(first, Message.encode(payload).finish(), CONTEXT),
      })),
    decode: async (payloads) => payloads.map((payload) => (isSealed(payload) ? open(payload, keys) : payload)),
  }
}

const isSealed = ({ metadata }: Payload): boolean =>
  new TextDecoder().decode(metadata?.encoding ?? new Uint8Array()) === ENCODING

function open({ metadata, data }: Payload, keys: readonly Buffer[]): Payload {
  const opened = openBytes(keys, data ?? new Uint8Array(), CONTEXT)
  if (opened !== undefined) return Message.decode(opened)
  const id = new TextDecoder().decode(metadata?.['encryption-key-id'] ?? new Uint8Array())
  throw new ValueError(
    `Temporal: a payload is encrypted with key ${id}, which SHELFLINE_TEMPORAL_PAYLOAD_KEYS does not have`,
  )
}
