import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { Kafka, logLevel, type RetryOptions } from 'kafkajs'
import type { MessageProducer } from './kafka.ts'
import { type KafkaSettings, kafkaSecurity } from './security.ts'

/** A TCP proxy between a client and a broker that can lose the answers to produce requests. */
export interface KafkaProxy {
  /** A client whose connections all go through the proxy. */
  kafka(retry: RetryOptions): Kafka
  /**
   * The next `count` produce requests reach the broker. Their answers do not reach the client: the connection is cut as
   * soon as the broker has answered.
   */
  loseAnswers(count: number): void
  /** Answers that were lost so far. */
  lostAnswers(): number
  close(): Promise<void>
}

const PRODUCE = 0

/** @throws when the address can't be listened on */
export async function startKafkaProxy(settings: KafkaSettings): Promise<KafkaProxy> {
  const [host, port] = settings.kafkaBrokers[0]!.split(':') as [string, string]
  // It reads what is sent: the client speaks in clear to it, and it to the broker as the settings define.
  const { ssl, sasl } = kafkaSecurity(settings)
  const sockets = new Set<Socket>()
  let toLose = 0
  let lost = 0
  const server = createServer((client) => {
    const address = { host, port: Number(port) }
    const broker = ssl === undefined ? connect(address) : connectTls({ ...address, ...(ssl as object) })
    /** Correlation ids of produce requests without an answer. */
    const unwanted = new Set<number>()
    const cut = () => {
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    onFrame(client, (frame) => {
      if (frame.readInt16BE(4) === PRODUCE && toLose > 0) {
        toLose -= 1
        unwanted.add(frame.readInt32BE(8))
      }
      broker.write(frame)
    })
    onFrame(broker, (frame) => {
      if (!unwanted.delete(frame.readInt32BE(4))) return client.write(frame)
      lost += 1
      return cut()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: proxyPort } = server.address() as AddressInfo
  return {
    kafka: (retry) =>
      new Kafka({
        clientId: 'shelfline-test',
        brokers: [...settings.kafkaBrokers],
        ...(sasl && { sasl }),
        retry,
        logLevel: logLevel.NOTHING,
        // The broker advertises its own address: without this the client would leave the proxy after its first question.
        socketFactory: ({ onConnect }) => connect(proxyPort, '127.0.0.1', onConnect),
      }),
    loseAnswers: (count) => {
      toLose = count
    },
    lostAnswers: () => lost,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Calls back with each whole frame of Kafka's protocol, its four bytes of length included. */
function onFrame(socket: Socket, take: (frame: Buffer) => unknown): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      take(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  })
}

/**
 * Waits until Kafka takes messages of a topic, or refuses them: it answers a change of topics before its broker acts on it. Probes have
 * the key `probe` and a JSON text of this many bytes, and stay in the topic when they are taken.
 */
export async function untilKafka(
  verdict: 'takes' | 'refuses',
  producer: Pick<MessageProducer, 'send'>,
  topic: string,
  bytes = 1,
): Promise<void> {
  const value = JSON.stringify('x'.repeat(bytes))
  const untilMs = performance.now() + 20_000
  for (;;) {
    const found = await producer.send({ topic, acks: -1, messages: [{ key: 'probe', value }] }).then(
      () => 'takes',
      () => 'refuses',
    )
    if (found === verdict) return
    if (performance.now() > untilMs) throw new Error(`Kafka ${found} ${bytes} bytes of ${topic} after 20 s`)
    await pause(20)
  }
}
