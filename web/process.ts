/** The web application as a process: put together, serve, close. */
import { listen, type Serving, stopServing } from '../platform/http/serving.ts'
import { createLogger } from '../platform/log.ts'
import { createPool } from '../platform/postgres/postgres.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../platform/process.ts'
import { definitions, type Settings } from '../platform/settings/settings.ts'
import { startHeartbeat } from '../platform/workers.ts'
import { createApplication } from './application.ts'
import { createServers } from './servers.ts'

/**
 * Serves the web application until the process is asked to stop (SIGTERM, SIGINT).
 *
 * @throws when PostgreSQL does not answer at the start, or the address can't be listened on
 */
export async function runWebWorker(settings: Settings): Promise<void> {
  const logger = createLogger(settings, 'web')
  const stopRequest = stopRequested()
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()
  // Its one login: what a person may not see, this process can't read.
  const own = { ...settings, postgresUrl: settings.postgresWebUrl }
  const pool = resources.adopt(createPool(own, logger, { via: 'web' }), (open) => open.end())
  const servers = resources.adopt(createServers(settings, logger), (open) => open.close())
  let origins: readonly string[] = []
  const { app, close } = createApplication({ settings, logger, registry, pool, servers, origins: () => origins })
  const address = {
    host: settings.webHost,
    port: settings.webPort,
    certificate: { settings, logger },
    hint: `${definitions.webHost.environment} and ${definitions.webPort.environment} set where the web application is served`,
  }
  const server = resources.adopt(await listen(app.fetch, address), async (open) => {
    close()
    await stopServing(open)
  })
  origins = originsOf(settings, server)
  const heartbeat = resources.adopt(
    await startHeartbeat({ settings: own, logger, registry, kind: 'web', serves: [], problem: () => undefined }),
    (open) => open.stop(),
  )
  const check = () =>
    pool.query('select 1').then(
      () => undefined,
      (error: Error) => error.message,
    )
  resources.adopt(
    await serveProcessHealth({ settings, logger, registry, check, warnings: heartbeat.warnings }),
    (open) => open.close(),
  )
  logger.info({ url: origins[0] }, 'the web application is served')
  const reason = await stopRequest
  logger.info({ reason }, 'stopping')
}

/** The addresses that pages are asked for by: any other name that leads here is not ours. */
function originsOf({ webPublicUrl }: Settings, { url, port }: Serving): readonly string[] {
  if (webPublicUrl !== '') return [new URL(webPublicUrl).origin]
  const { protocol } = new URL(url)
  return [...new Set([url, `${protocol}//127.0.0.1:${port}`, `${protocol}//localhost:${port}`])]
}
