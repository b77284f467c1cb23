import { createServer } from 'node:net'
import { StackError, StackUsageError } from './errors.ts'

/** The settings of the native stack itself. What clients need of it is in `platform/settings/settings.ts`. */
export const stackSettings = {
  postgres: { environment: 'SHELFLINE_POSTGRES_PORT', default: 15_432, description: 'Port of PostgreSQL.' },
  kafka: { environment: 'SHELFLINE_KAFKA_PORT', default: 19_092, description: 'Port of Kafka.' },
  kafkaController: {
    environment: 'SHELFLINE_KAFKA_CONTROLLER_PORT',
    default: 19_093,
    description: "Port of Kafka's controller, which only Kafka itself uses.",
  },
  kafkaInternal: {
    environment: 'SHELFLINE_KAFKA_INTERNAL_PORT',
    default: 19_094,
    description: 'Port on which a secure Kafka takes other brokers and programs by their certificates.',
  },
  objectStore: { environment: 'SHELFLINE_OBJECT_STORE_PORT', default: 19_000, description: "Port of MinIO's S3 API." },
  objectStoreConsole: {
    environment: 'SHELFLINE_OBJECT_STORE_CONSOLE_PORT',
    default: 19_001,
    description: "Port of MinIO's console.",
  },
  temporal: { environment: 'SHELFLINE_TEMPORAL_PORT', default: 17_233, description: "Port of Temporal's frontend." },
  temporalUi: { environment: 'SHELFLINE_TEMPORAL_UI_PORT', default: 18_233, description: "Port of Temporal's Web UI." },
  temporalMetrics: {
    environment: 'SHELFLINE_TEMPORAL_METRICS_PORT',
    default: 18_234,
    description: "Port of Temporal's own metrics, for Prometheus.",
  },
  prometheus: { environment: 'SHELFLINE_PROMETHEUS_PORT', default: 19_090, description: 'Port of Prometheus.' },
  alertmanager: {
    environment: 'SHELFLINE_ALERTMANAGER_PORT',
    default: 19_091,
    description: 'Port of Alertmanager.',
  },
  connect: { environment: 'SHELFLINE_CONNECT_PORT', default: 18_083, description: "Port of Kafka Connect's REST API." },
  registry: { environment: 'SHELFLINE_REGISTRY_PORT', default: 18_081, description: 'Port of the schema registry.' },
  registryManagement: {
    environment: 'SHELFLINE_REGISTRY_MANAGEMENT_PORT',
    default: 18_082,
    description: 'Port on which the schema registry reports its health.',
  },
  spark: { environment: 'SHELFLINE_SPARK_PORT', default: 15_002, description: 'Port of Spark Connect.' },
  sparkMaster: { environment: 'SHELFLINE_SPARK_MASTER_PORT', default: 17_077, description: "Port of Spark's master." },
  sparkMasterUi: {
    environment: 'SHELFLINE_SPARK_MASTER_UI_PORT',
    default: 18_086,
    description: "Port of the pages of Spark's master.",
  },
  sparkWorker1: {
    environment: 'SHELFLINE_SPARK_WORKER_1_PORT',
    default: 18_087,
    description: "Port of the pages of Spark's first worker.",
  },
  sparkWorker2: {
    environment: 'SHELFLINE_SPARK_WORKER_2_PORT',
    default: 18_088,
    description: "Port of the pages of Spark's second worker.",
  },
} as const

/** Heap of the native Kafka, in Java's notation. */
export const kafkaHeapSetting = {
  environment: 'SHELFLINE_KAFKA_HEAP',
  default: '512m',
  description: "Heap of the native Kafka, in Java's notation (512m, 2g).",
} as const

export type PortName = keyof typeof stackSettings
export type Ports = Record<PortName, number>

export const portNames = Object.keys(stackSettings) as PortName[]

/** @throws StackUsageError naming every port setting that isn't a port, and ports that are given twice */
export function fixedPorts(environment: NodeJS.ProcessEnv = process.env): Ports {
  const problems: string[] = []
  const ports = Object.fromEntries(
    portNames.map((name) => {
      const setting = stackSettings[name]
      const given = environment[setting.environment]
      const port = given ? Number(given) : setting.default
      if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        problems.push(`${setting.environment}: "${given}" is not a port from 1 to 65535`)
      }
      return [name, port]
    }),
  ) as Ports
  for (const name of portNames) {
    const twin = portNames.find((other) => other !== name && ports[other] === ports[name])
    if (twin !== undefined && portNames.indexOf(twin) < portNames.indexOf(name)) {
      problems.push(
        `${stackSettings[name].environment}: ${ports[name]} is ${stackSettings[twin].environment}'s port already`,
      )
    }
  }
  if (problems.length > 0) throw new StackUsageError(`settings: ${problems.join('; ')}`)
  return ports
}

/** @throws StackUsageError when the setting isn't a Java heap size */
export function kafkaHeap(environment: NodeJS.ProcessEnv = process.env): string {
  const heap = environment[kafkaHeapSetting.environment] || kafkaHeapSetting.default
  if (!/^[1-9]\d*[kmgKMG]?$/.test(heap)) {
    throw new StackUsageError(
      `settings: ${kafkaHeapSetting.environment}: "${heap}" is not a heap size such as 512m or 2g`,
    )
  }
  return heap
}

/** Whether no process listens on the port of the loopback address. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer()
    probe.once('error', () => answer(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => answer(true)))
  })
}

// Below the range from which systems give ports to outgoing connections, so that none of those takes one of ours
// between the moment it is found free and the moment its server listens.
const FREE_PORT_FIRST = 20_000
const FREE_PORT_LAST = 32_000
const FREE_PORT_ATTEMPTS_MAX = 200

/** A free port for each name; `preferred` ones are taken where they are still free. */
export async function freePorts(preferred: Partial<Ports> = {}): Promise<Ports> {
  const ports: Partial<Ports> = {}
  for (const name of portNames) {
    const before = preferred[name]
    ports[name] = before !== undefined && (await isPortFree(before)) ? before : await findFreePort(Object.values(ports))
  }
  return ports as Ports
}

/** @param taken ports that are not chosen, also when they are free */
export async function findFreePort(taken: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < FREE_PORT_ATTEMPTS_MAX; attempt++) {
    const port = FREE_PORT_FIRST + Math.floor(Math.random() * (FREE_PORT_LAST - FREE_PORT_FIRST))
    if (!taken.includes(port) && (await isPortFree(port))) return port
  }
  throw new StackError(`no free port was found between ${FREE_PORT_FIRST} and ${FREE_PORT_LAST}`)
}
