/** What is known of the connections of devices, as events of `device_status`. */
import { randomUUID } from 'node:crypto'
import { instantIn, type Offset, offsetsOf } from '../../contracts/time-zones.ts'
import type { EventOf } from '../../contracts/topics.ts'
import type { Logger } from '../../platform/log.ts'
import { type Repetition, repeatEvery } from '../../platform/repeat.ts'
import type { OutgoingMessage } from '../receive/delivery.ts'
import type { EventStore } from '../receive/receiver.ts'
import type { Device } from './device.ts'

const RETRY_MS = 2_000
/** The alert `sensor_silent` waits three times as long. */
export const ALIVE_MS = 300_000
/** Of a text in a contract. */
const CHARACTERS_MAX = 200

export interface Connection {
  device: Device
  sessionId: string
  connectedAtMs: number
}

type Status = EventOf<'device_status'>['status']

export interface StatusOptions {
  store: EventStore
  /** What the store calls the source of statuses. */
  sourceId: string
  /** Of stores whose zone is not known. */
  timeZone: string
  logger: Logger
}

const offsets = new Map<string, (milliseconds: number) => Offset>()

function instantAt(timeZone: string, milliseconds: number): string {
  const known = offsets.get(timeZone) ?? offsetsOf(timeZone)
  offsets.set(timeZone, known)
  return instantIn(known, milliseconds)
}

export class Statuses {
  readonly #options: StatusOptions
  /** The newest of each device that is not stored yet: older ones change nothing. */
  readonly #waiting = new Map<string, OutgoingMessage>()
  readonly #repetition: Repetition
  #sending: Promise<void> | undefined

  constructor(options: StatusOptions) {
    this.#options = options
    this.#repetition = repeatEvery(RETRY_MS, () => this.#send(), {
      logger: options.logger,
      problem: 'what is known of devices can not be stored: it is sent later',
      pausesFirst: true,
    })
  }

  /** Is stored as soon as that is possible, for as long as this process runs. */
  note(connection: Connection, status: Status, reason?: string): void {
    this.#waiting.set(
      connection.device.deviceId,
      this.#message(connection, status, reason === undefined ? {} : { reason: shortened(reason) }),
    )
    this.#send().catch(() => undefined)
  }

  /** Resolves when what the device reports of itself is stored. @throws Refusal when it may not be */
  async report(connection: Connection, topic: string, payload: Buffer): Promise<void> {
    const reported = shortened(payload.toString().replaceAll('\0', ''))
    const message = this.#message(connection, 'alive', {
      ...(reported !== '' && { reported }),
      reported_topic: shortened(topic.replace(/[^\p{L}\p{N}\p{P}\p{S}]/gu, '_')),
    })
    await this.#options.store.send([message], this.#options.sourceId)
  }

  async stop(): Promise<void> {
    await this.#repetition.stop()
    await this.#send().catch((error: Error) =>
      this.#options.logger.warn(
        { devices: this.#waiting.size, error: error.message },
        'the ends of connections are lost',
      ),
    )
  }

  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting]
      await this.#options.store.send(
        batch.map(([, message]) => message),
        this.#options.sourceId,
      )
      for (const [deviceId, message] of batch) {
        if (this.#waiting.get(deviceId) === message) this.#waiting.delete(deviceId)
      }
    }
  }

  #message(
    { device, sessionId, connectedAtMs }: Connection,
    status: Status,
    details: Partial<EventOf<'device_status'>>,
  ): OutgoingMessage {
    const timeZone = device.timeZone ?? this.#options.timeZone
    const event: EventOf<'device_status'> = {
      event_id: randomUUID(),
      source: 'mqtt',
      schema_version: 1,
      event_at: instantAt(timeZone, Date.now()),
      store_id: device.storeId,
      device_id: device.deviceId,
      status,
      session_id: sessionId,
      connected_at: instantAt(timeZone, connectedAtMs),
      sensor: device.sensor,
      ...(device.shelfId !== null && { shelf_id: device.shelfId }),
      ...details,
    }
    return { topic: 'device_status', key: device.storeId, value: Buffer.from(JSON.stringify(event)) }
  }
}

const shortened = (text: string): string => text.slice(0, CHARACTERS_MAX).toWellFormed()
