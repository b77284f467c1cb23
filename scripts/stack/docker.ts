import { join } from 'node:path'
import { narrowProcesses } from '../../platform/postgres/rights/process-rights.ts'
import { runCommand } from './command.ts'
import { StackError } from './errors.ts'
import { findOnPath } from './find-tool.ts'
import type { Home } from './home.ts'
import { type Ports, portNames, stackSettings } from './ports.ts'
import type { OnProgress } from './progress.ts'
import { type ObjectStoreUser, objectStoreKeys } from './security.ts'
import type { Server, ServerContext } from './server.ts'

export const COMPOSE_FILE = join(import.meta.dirname, '..', '..', 'docker', 'compose.yaml')

/** What a server is called in the compose file. Temporal's Web UI starts last and requires the whole of Temporal before it. */
export const services: Record<Server['name'], string> = {
  postgres: 'postgres',
  kafka: 'kafka',
  objectStore: 'minio',
  temporal: 'temporal-ui',
}

export const dockerFix = 'install Docker with Compose, or leave out --docker'

/** Starts the servers by Docker Compose, waits until they are healthy, and makes what clients expect in them. */
export async function composeUp(
  wanted: readonly Server[],
  context: ServerContext,
  onProgress: OnProgress,
): Promise<void> {
  const item = 'Docker Compose'
  onProgress({ item, state: 'starting', note: 'starting containers' })
  const names = wanted.map(({ name }) => services[name])
  await compose(context.home, ['up', '--detach', '--wait', ...names], (note) =>
    onProgress({ item, state: 'starting', note }),
  )
  for (const server of wanted) {
    await server.furnish(context)
    await server.probe(context)
    onProgress({ item: server.title, state: 'done', note: 'ready' })
  }
}

export async function composeDown(home: Home, removeVolumes: boolean, onProgress: OnProgress): Promise<void> {
  onProgress({ item: 'Docker Compose', state: 'stopping', note: 'stopping containers' })
  await compose(home, ['down', ...(removeVolumes ? ['--volumes'] : [])])
  onProgress({ item: 'Docker Compose', state: 'done', note: 'stopped' })
}

async function compose(
  home: Home,
  commandArguments: readonly string[],
  onLine: (line: string) => void = () => {},
): Promise<void> {
  const docker = findOnPath('docker')
  if (docker === undefined) throw new StackError(`Docker is missing: ${dockerFix}`)
  await runCommand(docker, ['compose', '--file', COMPOSE_FILE, ...commandArguments], {
    environment: composeEnvironment(home),
    onLine,
  })
}

/** Where the set-up in Compose has the root user of the object store. */
export const objectStoreRootVariables = {
  user: 'SHELFLINE_OBJECT_STORE_ROOT_USER',
  password: 'SHELFLINE_OBJECT_STORE_ROOT_PASSWORD',
} as const

/** Where it has the key of another user. */
export const objectStoreKeyVariable = (user: ObjectStoreUser): string =>
  `SHELFLINE_OBJECT_STORE_${user.replace('shelfline_', '').toUpperCase()}_KEY`

/** The settings that the compose file reads for the servers. */
export function composeEnvironment(home: Home): NodeJS.ProcessEnv {
  const ports = home.readPorts<Ports>()
  const secrets = home.secrets()
  return {
    ...Object.fromEntries(portNames.map((name) => [stackSettings[name].environment, String(ports?.[name] ?? '')])),
    SHELFLINE_POSTGRES_PASSWORD: secrets.postgresSuperuser,
    SHELFLINE_POSTGRES_MIGRATE_PASSWORD: secrets.postgresMigrate,
    SHELFLINE_POSTGRES_APP_PASSWORD: secrets.postgresApp,
    SHELFLINE_POSTGRES_BI_READER_PASSWORD: secrets.postgresBiReader,
    SHELFLINE_POSTGRES_WEB_PASSWORD: secrets.postgresWeb,
    ...Object.fromEntries(
      narrowProcesses.map((kind) => [
        `SHELFLINE_POSTGRES_${kind.toUpperCase()}_PASSWORD`,
        secrets.processes[kind].postgres,
      ]),
    ),
    SHELFLINE_POSTGRES_DASHBOARDS_PASSWORD: secrets.postgresDashboards,
    SHELFLINE_POSTGRES_TEMPORAL_PASSWORD: secrets.postgresTemporal,
    // Compose asks for it even when it does not start Grafana.
    SHELFLINE_GRAFANA_PASSWORD: secrets.grafanaAdmin,
    SHELFLINE_OBJECT_STORE_ACCESS_KEY: secrets.objectStoreAccessKey,
    SHELFLINE_OBJECT_STORE_SECRET_KEY: secrets.objectStoreSecretKey,
    ...Object.fromEntries(
      Object.entries(objectStoreKeys(secrets)).map(([user, key]) => [
        objectStoreKeyVariable(user as ObjectStoreUser),
        key,
      ]),
    ),
    SHELFLINE_SECRET_KEYS: secrets.secretKey,
  }
}
