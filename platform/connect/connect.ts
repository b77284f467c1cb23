/** Kafka Connect's REST API: https://kafka.apache.org/documentation/#connect_rest */
import { setTimeout as pause } from 'node:timers/promises'
import { failureReason } from '../http/failure.ts'

/** What Connect answered, when it is an error. */
export class ConnectError extends Error {
  override name = 'ConnectError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** No answer came. */
export class ConnectAwayError extends Error {
  override name = 'ConnectAwayError'
}

export type ConnectorConfig = Readonly<Record<string, string>>

export const connectorStates = ['RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'UNASSIGNED', 'RESTARTING'] as const
export type ConnectorState = (typeof connectorStates)[number]

export interface ConnectorPart {
  state: ConnectorState
  worker_id: string
  /** The stack of what failed. */
  trace?: string
}

/** A connector as Connect has it. */
export interface ConnectorInfo {
  name: string
  type: 'source' | 'sink' | 'unknown'
  config: ConnectorConfig
  connector: ConnectorPart
  tasks: (ConnectorPart & { id: number })[]
}

/** How far a connector has read: a partition is what its kind calls one, such as a database. */
export interface ConnectorOffset {
  partition: Readonly<Record<string, unknown>>
  offset: Readonly<Record<string, unknown>> | null
}

/** A connector's own code checks a configuration against its database, which may be slow. */
const REQUEST_MS_MAX = 60_000
/** While the workers of Connect agree on who does what it answers 409, and when it starts 404 or 503. */
const BUSY_TRIES_MAX = 20
const BUSY_WAIT_MS = 500
const CONFLICT = 409

export class ConnectClient {
  readonly url: string

  /** @param url of the REST API, such as `http://127.0.0.1:18083` */
  constructor(url: string) {
    this.url = url.replace(/\/$/, '')
  }

  /** By name. @throws ConnectAwayError, ConnectError */
  async list(): Promise<ConnectorInfo[]> {
    const answer = (await this.#ask('GET', '/connectors?expand=info&expand=status')) as Record<string, Expanded>
    return Object.values(answer)
      .filter(isKnown)
      .map(({ info, status }) => ({
        name: info.name,
        type: info.type ?? ('unknown' as const),
        config: info.config,
        connector: status.connector,
        tasks: status.tasks,
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** @throws ConnectError with 404 when there is none of the name */
  async show(name: string): Promise<ConnectorInfo> {
    const found = (await this.list()).find((connector) => connector.name === name)
    if (found === undefined) throw new ConnectError(404, `connector ${name} does not exist`)
    return found
  }

  /** Creates a connector or changes it, and waits until the workers of Connect have read that from Kafka. */
  async put(name: string, config: ConnectorConfig): Promise<void> {
    await this.#ask('PUT', `/connectors/${encodeURIComponent(name)}/config`, config)
    for (let tries = 1; tries < BUSY_TRIES_MAX; tries += 1) {
      if ((await this.list()).some((connector) => connector.name === name)) return
      await pause(BUSY_WAIT_MS)
    }
  }

  /** What the connector's own code finds wrong with a configuration, by key. */
  async validate(config: ConnectorConfig): Promise<{ key: string; errors: string[] }[]> {
    const plugin = config['connector.class']!.split('.').at(-1)!
    const path = `/connector-plugins/${encodeURIComponent(plugin)}/config/validate`
    const { configs } = (await this.#ask('PUT', path, config)) as Validated
    return configs.flatMap(({ value }) =>
      value !== null && value.errors.length > 0 ? [{ key: value.name, errors: value.errors }] : [],
    )
  }

  async remove(name: string): Promise<void> {
    await this.#ask('DELETE', `/connectors/${encodeURIComponent(name)}`)
  }

  /** A paused connector keeps its tasks and its place. */
  async pause(name: string): Promise<void> {
    await this.#ask('PUT', `/connectors/${encodeURIComponent(name)}/pause`)
  }

  async resume(name: string): Promise<void> {
    await this.#ask('PUT', `/connectors/${encodeURIComponent(name)}/resume`)
  }

  /** @param onlyFailed leaves what runs alone */
  async restart(name: string, { onlyFailed }: { onlyFailed: boolean }): Promise<void> {
    const which = `includeTasks=true&onlyFailed=${onlyFailed}`
    await this.#ask('POST', `/connectors/${encodeURIComponent(name)}/restart?${which}`)
  }

  async offsets(name: string): Promise<ConnectorOffset[]> {
    const answer = await this.#ask('GET', `/connectors/${encodeURIComponent(name)}/offsets`)
    return (answer as { offsets: ConnectorOffset[] }).offsets
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      const { status, ok, text } = await this.#request(method, path, body)
      if (ok) return text === '' ? undefined : JSON.parse(text)
      const isBusy = status === CONFLICT && /rebalanc/i.test(text)
      if (!isBusy || tries === BUSY_TRIES_MAX) throw new ConnectError(status, messageOf(status, text))
      await pause(BUSY_WAIT_MS)
    }
  }

  async #request(method: string, path: string, body?: object) {
    try {
      const answer = await fetch(`${this.url}${path}`, {
        method,
        headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
      })
      return { status: answer.status, ok: answer.ok, text: await answer.text() }
    } catch (error) {
      throw new ConnectAwayError(`Kafka Connect at ${this.url} does not answer (${failureReason(error)})`)
    }
  }
}

interface Expanded {
  info: { name: string; type?: 'source' | 'sink'; config: ConnectorConfig }
  status: { connector: ConnectorPart; tasks: ConnectorInfo['tasks'] }
}

/** Of a connector that was created this moment one part may be missing. */
const isKnown = (found: Partial<Record<keyof Expanded, unknown>>): boolean => found.info != null && found.status != null

interface Validated {
  configs: { value: { name: string; errors: string[] } | null }[]
}

function messageOf(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string }
    if (message !== undefined) return message
  } catch {
    // Not every error is JSON.
  }
  return `it answers ${status}`
}

/** The first line of a stack, for people. */
export const firstLine = (trace: string): string => {
  const causes = trace.split('\n').filter((line) => line.startsWith('Caused by: '))
  return (causes.at(-1) ?? trace.split('\n')[0]!).replace('Caused by: ', '')
}
