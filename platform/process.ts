/** What every process of ours that runs until it is stopped has: signals, metrics, and an address for its health. */
import { collectDefaultMetrics, Registry } from 'prom-client'
import { type HealthServer, serveHealth } from './http/http.ts'
import type { Logger } from './log.ts'
import type { Settings } from './settings/settings.ts'

/** Resolves to the signal when the process is asked to stop: SIGTERM or SIGINT. */
export function stopRequested(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  return promise
}

/** Metrics of a process, begun with those of Node.js. */
export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

/**
 * Serves `/healthz` and `/metrics` at the address of the settings.
 *
 * @param check undefined, or what is wrong that a restart could repair
 * @param warnings what is wrong that no restart repairs
 * @throws when the address can't be listened on
 */
export async function serveProcessHealth(options: {
  settings: Settings
  logger: Logger
  registry: Registry
  check: () => string | undefined | Promise<string | undefined>
  warnings: () => readonly string[]
}): Promise<HealthServer> {
  const { settings, logger, registry, check, warnings } = options
  const health = await serveHealth({
    host: settings.httpHost,
    port: settings.httpPort,
    certificate: { settings, logger },
    token: settings.httpToken || settings.httpTokenFile,
    metrics: registry,
    check,
    warnings,
  })
  logger.info({ host: settings.httpHost, port: health.port }, 'healthz and metrics are served')
  return health
}
