/** A device tried out: what is in a file is published as the device would do it. */
import mqtt from 'mqtt'
import { UnavailableError } from '../errors.ts'

export interface Publishing {
  /** Of the bridge or of an agent, such as `mqtt://127.0.0.1:18093`. */
  address: string
  deviceId: string
  password: string
  topic: string
  payloads: readonly Buffer[]
  /** PEM of the authorities that the certificate of the bridge is checked against; left out: those that Node.js knows. */
  certificateAuthorities?: Buffer | undefined
}

const TIMEOUT_MS = 30_000

/**
 * Publishes with QoS 1, one message after the other.
 *
 * @returns how many were acknowledged: all of them
 * @throws UnavailableError when no bridge answers, it refuses the device, or does not acknowledge a message
 */
export async function publishAsDevice(publishing: Publishing): Promise<number> {
  const { address, deviceId, password, topic, payloads, certificateAuthorities: ca } = publishing
  const options = {
    username: deviceId,
    password,
    clientId: deviceId,
    reconnectPeriod: 0,
    connectTimeout: TIMEOUT_MS,
    ...(ca && { ca }),
  }
  const client = await mqtt.connectAsync(address, options, false).catch((error: Error) => {
    throw new UnavailableError(`no bridge takes ${deviceId} at ${address} (${error.message})`, {
      fix: '`shelfline worker mqtt` starts one; `shelfline devices show` shows whether the device is registered',
    })
  })
  let published = 0
  try {
    for (const payload of payloads) {
      await acknowledged(client, topic, payload)
      published += 1
    }
    await client.endAsync()
  } catch (error) {
    // What is not acknowledged would be waited for.
    client.end(true)
    throw new UnavailableError(`message ${published + 1} was not acknowledged (${(error as Error).message})`, {
      fix: 'the log of the bridge shows why; `shelfline devices show` lists what the device may send',
    })
  }
  return published
}

/** A bridge that does not take a message ends the connection. */
async function acknowledged(client: mqtt.MqttClient, topic: string, payload: Buffer): Promise<void> {
  const ended = Promise.withResolvers<never>()
  const onClose = () => ended.reject(new Error('the bridge has ended the connection'))
  client.once('close', onClose)
  const late = setTimeout(() => ended.reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS)
  try {
    await Promise.race([client.publishAsync(topic, payload, { qos: 1 }), ended.promise])
  } finally {
    clearTimeout(late)
    client.off('close', onClose)
    ended.promise.catch(() => undefined)
  }
}
