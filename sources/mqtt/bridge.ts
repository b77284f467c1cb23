/**
 * Messages of devices in, events to a store, acknowledgements out: a message with QoS 1 or 2 is acknowledged when the store has its
 * events, and not before. The broker hands no messages out.
 */
import { randomUUID } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { Aedes, type Client, type PublishPacket } from 'aedes'
import type { MessageLimits } from '../../contracts/limits.ts'
import { type CertificateOptions, readCertificate, renewCertificate } from '../../platform/http/certificate.ts'
import type { Logger } from '../../platform/log.ts'
import type { EventRate } from '../receive/event-rate.ts'
import { type ReadEvents, readEvents } from '../receive/events.ts'
import { deliver, type EventStore } from '../receive/receiver.ts'
import { RecentHashes } from '../receive/recent-hashes.ts'
import { Refusal } from '../receive/refusal.ts'
import type { KnownSource } from '../receive/registry.ts'
import { type Device, type Devices, hasPassword } from './device.ts'
import { splitMessage } from './message.ts'
import type { MqttMetrics } from './metrics.ts'
import { PacketBound } from './packet-bound.ts'
import { ALIVE_MS, type Connection, type Statuses } from './statuses.ts'
import { ownTopics, sourceOf } from './topics.ts'

export interface BridgeOptions {
  devices: Devices
  find: (sourceId: string) => KnownSource | undefined
  store: EventStore
  /** Undefined: what is known of connections is not stored. */
  statuses: Statuses | undefined
  metrics: MqttMetrics
  logger: Logger
  limits: MessageLimits
  /** Why no message could be stored now: devices are refused until it is undefined. */
  problem: () => string | undefined
  host: string
  port: number
  /** Which settings give another address. */
  hint: string
  certificate: CertificateOptions
  connectionsMax: number
  packetBytesMax: number
  /** Messages that are not acknowledged yet, of all devices: with more nothing further is read. */
  messagesMax?: number
}

/** Before a device has signed in it sends one packet, with its will. */
const CONNECT_BYTES_MAX = 16_384
const CONNECT_MS_MAX = 10_000
/** Of a device that does not end a message with QoS 2: each is kept until then. */
const OPEN_MESSAGES_MAX = 20
const TOPIC_LEVELS_MAX = 16
const TCP_KEEPALIVE_MS = 60_000
const MESSAGES_MAX = 20_000
const STOP_MS_MAX = 10_000

/** Return codes of MQTT 3.1.1. */
const SERVER_UNAVAILABLE = 3
const BAD_PASSWORD = 4

interface Session extends Connection {
  /** Why the bridge itself ends it: then the last will does not apply. */
  ended: string | undefined
  isLost: boolean
  /** Messages wait here while their source has sent more than it may. */
  turn: Promise<void>
  signal: AbortController
}

export class Bridge {
  readonly #options: BridgeOptions
  readonly #messagesMax: number
  readonly #broker: Aedes
  readonly #server: Server
  readonly #sessions = new Map<Client, Session>()
  readonly #identified = new WeakMap<Client, Device>()
  readonly #kept = new RecentHashes()
  /** What is read again when there is room. */
  readonly #unread = new Set<Socket>()
  readonly #alive: NodeJS.Timeout
  #messages = 0

  private constructor(options: BridgeOptions) {
    this.#options = options
    this.#messagesMax = options.messagesMax ?? MESSAGES_MAX
    this.#broker = new Aedes({
      connectTimeout: CONNECT_MS_MAX,
      maxInflightInbound: OPEN_MESSAGES_MAX,
      maxTopicLevels: TOPIC_LEVELS_MAX,
      maxClientsIdLength: 64,
      preConnect: (_, packet, done) => {
        // A device has one connection here: a second one takes the place of the first.
        packet.clientId = packet.username ?? ''
        done(null, true)
      },
      authenticate: (client, username, password, done) => {
        const refused = this.#refusal(client, username, password)
        if (refused === undefined) return done(null, true)
        const { reason, message, returnCode } = refused
        options.metrics.refuse(reason)
        options.logger.warn({ device: username, reason: message }, 'a device was refused')
        done(Object.assign(new Error(message), { returnCode }), null)
      },
      authorizePublish: (client, packet, done) => {
        this.#answer(client, packet).then(
          () => done(null),
          (error: Error) => done(error),
        )
      },
      // Failure, in its acknowledgement: what devices send goes to Kafka, and nowhere else.
      authorizeSubscribe: (_, __, done) => done(null, null),
    })
    this.#broker.on('client', (client: Client) => this.#begin(client))
    this.#broker.on('clientDisconnect', (client: Client) => this.#end(client))
    this.#broker.on('clientError', (client: Client, error: Error) => this.#note(client, error))
    this.#broker.on('connectionError', (client: Client, error: Error) => this.#note(client, error))
    this.#server = this.#createServer()
    this.#alive = setInterval(() => {
      for (const session of this.#sessions.values()) options.statuses?.note(session, 'alive')
    }, ALIVE_MS)
  }

  /** @throws when the address can't be listened on, with the hint */
  static async open(options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(options)
    await bridge.#broker.listen()
    try {
      await new Promise<void>((listening, failed) => {
        bridge.#server.once('error', ({ message }: Error) => failed(new Error(`${message}; ${options.hint}`)))
        bridge.#server.listen(options.port, options.host, listening)
      })
    } catch (error) {
      await bridge.stop()
      throw error
    }
    return bridge
  }

  get url(): string {
    const { host, certificate } = this.#options
    const { port } = this.#server.address() as AddressInfo
    const name = host.includes(':') ? `[${host}]` : host
    return `${readCertificate(certificate.settings) === undefined ? 'mqtt' : 'mqtts'}://${name}:${port}`
  }

  get connections(): number {
    return this.#sessions.size
  }

  /** Messages that are not acknowledged yet. */
  get messages(): number {
    return this.#messages
  }

  /** Ends every connection; what was read is still stored. */
  async stop(): Promise<void> {
    clearInterval(this.#alive)
    for (const session of this.#sessions.values()) this.#leave(session, 'the bridge stops')
    const closed = new Promise<void>((done) => {
      if (this.#server.listening) this.#server.close(() => done())
      else done()
    })
    await new Promise<void>((done) => this.#broker.close(done))
    for (let waited = 0; this.#messages > 0 && waited < STOP_MS_MAX; waited += 10) await pause(10)
    await Promise.race([closed, pause(STOP_MS_MAX, undefined, { ref: false })])
  }

  #createServer(): Server {
    const { certificate, connectionsMax, metrics } = this.#options
    const own = readCertificate(certificate.settings)
    const server =
      own === undefined
        ? createServer((socket) => this.#accept(socket))
        : createTlsServer({ ...own, handshakeTimeout: CONNECT_MS_MAX }, (socket) => this.#accept(socket))
    if (own !== undefined) renewCertificate(server as TlsServer, certificate)
    server.maxConnections = connectionsMax
    server.on('drop', () => metrics.refuse('unavailable'))
    return server
  }

  /** The broker takes what a socket has by `read`: there it waits for room, and a packet that is too large ends the connection. */
  #accept(socket: Socket): void {
    const { packetBytesMax } = this.#options
    const bound = new PacketBound()
    const read = socket.read.bind(socket)
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS)
    socket.setNoDelay(true)
    socket.read = (size?: number): unknown => {
      if (this.#messages >= this.#messagesMax) {
        this.#unread.add(socket)
        return null
      }
      const bytes = read(size) as Buffer | null
      if (bytes === null) return null
      const bytesMax = client.connected ? packetBytesMax : CONNECT_BYTES_MAX
      if (!bound.exceeds(bytes, bytesMax)) return bytes
      socket.destroy(new Error(`a packet has more than ${bytesMax} bytes, or no length`))
      return null
    }
    socket.once('close', () => this.#unread.delete(socket))
    const client = this.#broker.handle(socket)
  }

  #refusal(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
  ): { reason: 'unavailable' | 'not_known'; message: string; returnCode: number } | undefined {
    const { devices, problem } = this.#options
    const device = devices.find(username ?? '')
    if (device === undefined || !hasPassword(device, password ?? Buffer.alloc(0))) {
      const message = 'there is no such device, or its password is another one'
      return { reason: 'not_known', message, returnCode: BAD_PASSWORD }
    }
    const unavailable = problem()
    if (unavailable !== undefined)
      return { reason: 'unavailable', message: unavailable, returnCode: SERVER_UNAVAILABLE }
    this.#identified.set(client, device)
    return undefined
  }

  #begin(client: Client): void {
    const device = this.#identified.get(client)!
    const session: Session = {
      device,
      sessionId: randomUUID(),
      connectedAtMs: Date.now(),
      ended: undefined,
      isLost: false,
      turn: Promise.resolve(),
      signal: new AbortController(),
    }
    this.#sessions.set(client, session)
    this.#options.statuses?.note(session, 'connected')
  }

  #end(client: Client): void {
    const session = this.#sessions.get(client)
    if (session === undefined) return
    this.#sessions.delete(client)
    session.signal.abort()
    const isLost = session.isLost && session.ended === undefined
    const reason = session.ended ?? (isLost ? 'its connection ended' : undefined)
    this.#options.statuses?.note(session, isLost ? 'lost' : 'disconnected', reason)
  }

  #note(client: Client, error: Error): void {
    const session = this.#sessions.get(client)
    if (session?.ended !== undefined || client.closed) return
    this.#options.metrics.refuse('broken')
    this.#options.logger.debug({ device: client.id, error: error.message }, 'a connection has ended')
  }

  #leave(session: Session, why: string): Error {
    session.ended ??= why
    return new Error(why)
  }

  /** Resolves when the message may be acknowledged; what it throws ends the connection, so that the device sends it again. */
  async #answer(client: Client | null, packet: PublishPacket): Promise<void> {
    const session = client === null ? undefined : this.#sessions.get(client)
    if (client === null || session === undefined) throw new Error('its device is not signed in')
    const isWill = client.closed
    if (isWill) session.isLost = true
    if (session.ended !== undefined) throw new Error(session.ended)
    const { metrics, logger } = this.#options
    const startedAt = performance.now()
    // The broker keeps none: its memory has a bound.
    packet.retain = false
    this.#messages += 1
    try {
      const source = await this.#take(session, packet, isWill)
      metrics.observe(source, performance.now() - startedAt)
    } catch (error) {
      const { message } = error as Error
      // What is sent with QoS 0 is not sent again.
      if (packet.qos === 0 || isWill) metrics.count('none', 'lost', 1)
      if (session.ended === undefined && !isWill) {
        logger.warn(
          { device: session.device.deviceId, topic: packet.topic, error: message },
          'a message was not stored: its connection is ended, so that it is sent again',
        )
      }
      throw this.#leave(session, message)
    } finally {
      this.#messages -= 1
      if (this.#messages === this.#messagesMax - 1) this.#readAgain()
    }
  }

  #readAgain(): void {
    const sockets = [...this.#unread]
    this.#unread.clear()
    for (const socket of sockets) setImmediate(() => socket.emit('readable'))
  }

  /** @returns the source that it was of @throws Refusal when it may not be stored */
  async #take(session: Session, { topic, payload, qos }: PublishPacket, isWill: boolean): Promise<string> {
    const { devices, find, store, statuses, metrics, logger, limits } = this.#options
    const { deviceId } = session.device
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(payload)
    const own = ownTopics(deviceId)
    if (statuses !== undefined && topic.startsWith(own) && topic.length > own.length) {
      await statuses.report(session, topic.slice(own.length), bytes)
      metrics.count('devices', 'reported', 1)
      return 'devices'
    }
    const device = devices.find(deviceId)
    if (device === undefined) throw new Error('the device was removed')
    const source = sourceOf(
      topic,
      device.sourceIds.flatMap((sourceId) => find(sourceId) ?? []),
    )
    if (source === undefined) {
      metrics.count('none', 'not_for_a_source', 1)
      const why = `the topic "${topic.slice(0, 200)}" is of no source of ${deviceId}: \`shelfline devices show\` lists them`
      // A message that is not sent again is only counted.
      if (qos > 0 && !isWill) throw new Error(why)
      logger.debug({ device: deviceId, topic }, 'a message is of no source')
      return 'none'
    }
    await whenAllowed(session, source.rate)
    const read = await this.#read(source, device, topic, bytes)
    source.rate.take(read.accepted.length + read.rejected.length)
    await deliver(store, source, read, this.#kept, limits)
    metrics.count(source.sourceId, 'accepted', read.accepted.length)
    metrics.count(source.sourceId, 'rejected', read.rejected.length)
    if (read.rejected.length > 0) {
      const [{ problem, error }] = read.rejected as [ReadEvents['rejected'][number]]
      logger.debug({ device: deviceId, topic, problem, error }, 'events are rejected')
    }
    return source.sourceId
  }

  /** A message that can't be read at all is rejected as a whole. @throws Refusal when it is no fault of the message */
  async #read(source: KnownSource, device: Device, topic: string, payload: Buffer): Promise<ReadEvents> {
    const { limits } = this.#options
    const { deviceId, storeId } = device
    const receivedAt = new Date().toISOString()
    const origin = source.mapper === undefined ? undefined : { topic, deviceId, storeId, receivedAt }
    try {
      const { bodyBytesMax } = source
      if (payload.length > bodyBytesMax) throw new Refusal(413, 'too_large', `has more than ${bodyBytesMax} bytes`)
      const items = splitMessage(payload, source, origin)
      return await readEvents(items, { topic: source.topic, mapper: source.mapper, bounds: source, limits, storeId })
    } catch (error) {
      if (!(error instanceof Refusal) || error.status >= 500) throw error
      const value = payload.length > limits.messageBytesMax ? payload.subarray(0, limits.deadLetterBytesMax) : payload
      return { accepted: [], rejected: [{ line: 1, problem: error.code, error: error.message, value }] }
    }
  }
}

/** Who sends more than its source may waits, and what it has not sent yet waits with it. */
async function whenAllowed(session: Session, rate: EventRate): Promise<void> {
  const { signal } = session.signal
  if (rate.waitSeconds() > 0) {
    session.turn = session.turn.then(async () => {
      for (let seconds = rate.waitSeconds(); seconds > 0 && !signal.aborted; seconds = rate.waitSeconds()) {
        await pause(seconds * 1000, undefined, { signal }).catch(() => undefined)
      }
    })
  }
  await session.turn
  if (signal.aborted) throw new Error('its connection has ended')
}
