/** The till agent as a process: put together, serve, close. */
import { join } from 'node:path'
import { Gauge, type Registry } from 'prom-client'
import { listen, stopServing } from '../../platform/http/serving.ts'
import { trustOwnServers } from '../../platform/http/trusted-authorities.ts'
import { createLogger } from '../../platform/log.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../../platform/process.ts'
import { definitions, type Settings } from '../../platform/settings/settings.ts'
import { createMetrics } from '../receive/metrics.ts'
import { createReceiver } from '../receive/receiver.ts'
import { Inbox } from './inbox.ts'
import { agentSources, storing } from './intake.ts'
import { openAgentBridge } from './mqtt.ts'
import { Sender, type SenderState } from './sender.ts'
import { AgentStore, type TillTotal } from './store.ts'

/** What `GET /status` answers. */
export interface AgentStatus {
  agentId: string
  /** Events that the receiver does not have yet, and their bytes. */
  unsentEvents: number
  unsentBytes: number
  /** Since when events are refused because there is no room, an instant; null: there is. */
  fullSince: string | null
  sources: SenderState[]
  /** Days of tills, the newest first. */
  totals: TillTotal[]
}

const TOTALS_SHOWN_MAX = 200
const BODIES_BYTES_MAX = 33_554_432
const REQUESTS_MAX = 1_000

/**
 * Takes events of a store's tills and sends them to the receiver, until the process is asked to stop (SIGTERM, SIGINT). It needs no
 * other server.
 *
 * @throws SourceError when a setting is wrong; when the store can't be opened, or the address can't be listened on
 */
export async function runAgent(settings: Settings): Promise<void> {
  const logger = createLogger(settings, 'agent')
  const stopRequest = stopRequested()
  trustOwnServers(settings)
  const sources = agentSources(settings)
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()
  const folder = settings.agentFolder || join(settings.home, 'agent')
  const store = resources.adopt(new AgentStore({ folder, bytesMax: settings.agentBytesMax }), (open) => open.close())
  const delivery = storing(store)
  const senders = [...sources.keys()].map((source) => {
    const [receiverUrl, secret] = [settings.agentReceiverUrl.replace(/\/$/, ''), settings.agentSources[source]!]
    return resources.adopt(new Sender({ store, logger, receiverUrl, source, secret }), (open) => open.stop())
  })
  exportState(registry, store, senders)
  if (settings.agentInbox !== '') {
    const options = { folder: settings.agentInbox, sources, store: delivery, logger }
    resources.adopt(new Inbox(options), (open) => open.stop())
  }
  const metrics = createMetrics(registry, () => undefined)
  const limits = { bytesMax: BODIES_BYTES_MAX, requestsMax: REQUESTS_MAX, limits: settings }
  const app = createReceiver({ find: (source) => sources.get(source), delivery, metrics, logger, ...limits })
  app.get('/status', (context) => context.json(statusOf(store, senders)))
  const server = resources.adopt(
    await listen(app.fetch, {
      host: settings.agentHost,
      port: settings.agentPort,
      certificate: { settings, logger },
      hint: `${definitions.agentHost.environment} and ${definitions.agentPort.environment} set where the agent takes events`,
    }),
    stopServing,
  )
  if (settings.agentMqttPort > 0) {
    const full = () => (store.fullSince === undefined ? undefined : 'there is no room')
    const bridge = await openAgentBridge({
      settings,
      logger,
      registry,
      sources,
      store: delivery,
      problem: full,
      resources,
    })
    logger.info({ mqttUrl: bridge.url }, 'messages of devices are taken')
  }
  resources.adopt(
    await serveProcessHealth({
      settings,
      logger,
      registry,
      check: () => (store.fullSince === undefined ? undefined : 'there is no room: events are refused'),
      warnings: () => senders.flatMap(({ state }) => state.lastError ?? []),
    }),
    (open) => open.close(),
  )
  logger.info({ url: `${server.url}/ingest/v1`, folder, unsent: store.unsentEvents }, 'events are taken')
  const reason = await stopRequest
  logger.info({ reason, unsent: store.unsentEvents }, 'stopping')
}

const statusOf = (store: AgentStore, senders: readonly Sender[]): AgentStatus => ({
  agentId: store.agentId,
  unsentEvents: store.unsentEvents,
  unsentBytes: store.unsentBytes,
  fullSince: store.fullSince?.toISOString() ?? null,
  sources: senders.map(({ state }) => state),
  totals: store.totals(TOTALS_SHOWN_MAX),
})

function exportState(registry: Registry, store: AgentStore, senders: readonly Sender[]): void {
  const gauges: Record<string, [help: string, value: () => number]> = {
    shelfline_agent_unsent_events: ['Events that the receiver does not have yet.', () => store.unsentEvents],
    shelfline_agent_unsent_bytes: ['Bytes of events that the receiver does not have yet.', () => store.unsentBytes],
    shelfline_agent_full: [
      '1 while events are refused because there is no room.',
      () => Number(store.fullSince !== undefined),
    ],
    shelfline_agent_failed_attempts: [
      'Attempts to send that failed since the last one that did not, all sources.',
      () => senders.reduce((sum, { state }) => sum + state.failures, 0),
    ],
  }
  for (const [name, [help, value]] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  }
}
