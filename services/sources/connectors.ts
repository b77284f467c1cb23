/** Connectors of Kafka Connect: what reads other databases into Kafka, and what writes topics into them. */
import { parse } from 'yaml'
import {
  ConnectAwayError,
  ConnectClient,
  ConnectError,
  type ConnectorConfig,
  type ConnectorInfo,
  type ConnectorOffset,
  firstLine,
} from '../../platform/connect/connect.ts'
import { asWritten, withSecrets } from '../../platform/connect/secrets.ts'
import { recordAction } from '../../platform/postgres/audit.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { ConflictError, InvalidError, NotFoundError, UnavailableError } from '../errors.ts'
import { lintConnector } from './connector-rules.ts'

export type { ConnectorOffset } from '../../platform/connect/connect.ts'

export type ConnectorDependencies = {
  pool: Pool
  settings: Pick<Settings, 'connectUrl' | 'connectSecretsFolder'>
}

export interface Connector {
  name: string
  type: ConnectorInfo['type']
  class: string
  /** `failed` when one of its tasks is. */
  state: string
  tasks: { id: number; state: string; problem: string | null }[]
  /** Why it has failed. */
  problem: string | null
}

export interface ConnectorDetails extends Connector {
  /** Secrets as they were written, by name. */
  config: ConnectorConfig
  /** What its configuration should have otherwise. */
  findings: string[]
}

/** By name. @throws UnavailableError when Connect does not answer */
export async function listConnectors(settings: ConnectorDependencies['settings']): Promise<Connector[]> {
  return (await asked(settings, (connect) => connect.list())).map(connectorOf)
}

/** @throws NotFoundError; UnavailableError */
export async function showConnector(
  settings: ConnectorDependencies['settings'],
  name: string,
): Promise<ConnectorDetails> {
  const found = await asked(settings, (connect) => connect.show(name), name)
  const config = asWritten(found.config)
  return { ...connectorOf(found), config, findings: lintConnector(config) }
}

/** How far it has read. @throws NotFoundError; UnavailableError */
export const connectorOffsets = (
  settings: ConnectorDependencies['settings'],
  name: string,
): Promise<ConnectorOffset[]> => asked(settings, (connect) => connect.offsets(name), name)

/** It stays where it is; a source keeps the log of its database meanwhile. @throws NotFoundError; UnavailableError */
export const pauseConnector = (dependencies: ConnectorDependencies, name: string): Promise<ConnectorDetails> =>
  changed(dependencies, name, 'pause', (connect) => connect.pause(name))

/** @throws NotFoundError; UnavailableError */
export const resumeConnector = (dependencies: ConnectorDependencies, name: string): Promise<ConnectorDetails> =>
  changed(dependencies, name, 'resume', (connect) => connect.resume(name))

/** @param onlyFailed leaves what runs alone. @throws NotFoundError; UnavailableError */
export const restartConnector = (
  dependencies: ConnectorDependencies,
  name: string,
  { onlyFailed = false }: { onlyFailed?: boolean } = {},
): Promise<ConnectorDetails> =>
  changed(dependencies, name, 'restart', (connect) => connect.restart(name, { onlyFailed }))

/** It is forgotten; its topics stay, and so does a slot in its database. @throws NotFoundError; UnavailableError */
export async function removeConnector({ pool, settings }: ConnectorDependencies, name: string): Promise<void> {
  await showConnector(settings, name)
  await recordAction(pool, { action: 'remove', object: 'connector', id: name })
  await asked(settings, (connect) => connect.remove(name), name)
}

/** A connector as a file has it. */
export interface ConnectorDefinition {
  name: string
  config: ConnectorConfig
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/

/**
 * Reads a connector from YAML or JSON: `name` and `config`.
 *
 * @throws InvalidError naming all that is wrong with it
 */
export function readConnector(content: string): ConnectorDefinition {
  let document: unknown
  try {
    document = parse(content)
  } catch (error) {
    throw new InvalidError(`the connector is not YAML: ${(error as Error).message.split('\n')[0]}`)
  }
  const { name, config } = (document ?? {}) as { name?: unknown; config?: unknown }
  if (typeof name !== 'string' || !NAME.test(name)) {
    const rule = 'is not a name of 1 to 63 lower-case letters, digits, hyphens and underscores'
    throw new InvalidError(rule, { field: 'name', value: name })
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new InvalidError('is not an object of keys and values', { field: 'config', value: config })
  }
  const texts = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]))
  if (!texts['connector.class']) throw new InvalidError('config has no connector.class')
  const findings = lintConnector(texts)
  if (findings.length > 0) throw new InvalidError(`connector ${name}: ${findings.join('; ')}`)
  return { name, config: texts }
}

/**
 * Creates a connector or changes it to what is defined. Connect and the connector's own code check it first, against its database.
 *
 * @throws InvalidError naming what they find; UnavailableError
 */
export async function applyConnector(
  { pool, settings }: ConnectorDependencies,
  { name, config }: ConnectorDefinition,
): Promise<ConnectorDetails> {
  const given = withSecrets({ ...config, name }, settings.connectSecretsFolder)
  const wrong = await asked(settings, (connect) => connect.validate(given))
  if (wrong.length > 0) {
    const found = wrong.map(({ key, errors }) => `${key}: ${errors.join(', ')}`).join('; ')
    throw new InvalidError(`connector ${name}: Kafka Connect refuses ${found}`)
  }
  await recordAction(pool, { action: 'apply', object: 'connector', id: name, after: config })
  await asked(settings, (connect) => connect.put(name, given), name)
  return showConnector(settings, name)
}

async function changed(
  { pool, settings }: ConnectorDependencies,
  name: string,
  action: string,
  change: (connect: ConnectClient) => Promise<void>,
): Promise<ConnectorDetails> {
  await showConnector(settings, name)
  await recordAction(pool, { action, object: 'connector', id: name })
  await asked(settings, change, name)
  return showConnector(settings, name)
}

const NOT_FOUND = 404
const CONFLICT = 409
const FIX = '`shelfline stack up --connect` starts it; SHELFLINE_CONNECT_URL sets the address'

async function asked<Result>(
  { connectUrl }: ConnectorDependencies['settings'],
  ask: (connect: ConnectClient) => Promise<Result>,
  name?: string,
): Promise<Result> {
  try {
    return await ask(new ConnectClient(connectUrl))
  } catch (error) {
    if (error instanceof ConnectAwayError) throw new UnavailableError(error.message, { fix: FIX })
    if (!(error instanceof ConnectError)) throw error
    if (error.status === NOT_FOUND && name !== undefined) throw new NotFoundError('connector', name)
    if (error.status === CONFLICT) throw new ConflictError(`Kafka Connect: ${error.message}`)
    if (error.status < 500) throw new InvalidError(`Kafka Connect: ${error.message}`)
    throw new UnavailableError(`Kafka Connect at ${connectUrl}: ${error.message}`)
  }
}

function connectorOf({ name, type, config, connector, tasks }: ConnectorInfo): Connector {
  const failed = [connector, ...tasks].find(({ state }) => state === 'FAILED')
  return {
    name,
    type,
    class: config['connector.class'] ?? '',
    state: (failed ?? connector).state.toLowerCase(),
    tasks: tasks.map(({ id, state, trace }) => ({
      id,
      state: state.toLowerCase(),
      problem: trace === undefined ? null : firstLine(trace),
    })),
    problem: failed?.trace === undefined ? null : firstLine(failed.trace),
  }
}
