/** The agent's intake by MQTT: the bridge's own code, with the agent's store in the place of Kafka. */
import type { Registry } from 'prom-client'
import type { Logger } from '../../platform/log.ts'
import { definitions, type Settings } from '../../platform/settings/settings.ts'
import { SourceError } from '../errors.ts'
import { Bridge } from '../mqtt/bridge.ts'
import { Devices, deviceFileReader } from '../mqtt/device.ts'
import { createMqttMetrics } from '../mqtt/metrics.ts'
import { Statuses } from '../mqtt/statuses.ts'
import type { EventStore } from '../receive/receiver.ts'
import type { KnownSource } from '../receive/registry.ts'

export interface AgentBridgeOptions {
  settings: Settings
  logger: Logger
  registry: Registry
  sources: ReadonlyMap<string, KnownSource>
  store: EventStore
  /** Why nothing can be stored now. */
  problem: () => string | undefined
  /** Gets what is to be closed when the agent stops. */
  resources: AsyncDisposableStack
}

/** @throws SourceError when there is no file of devices; when the address can't be listened on */
export async function openAgentBridge(options: AgentBridgeOptions): Promise<Bridge> {
  const { settings, logger, registry, sources, store, problem, resources } = options
  if (settings.agentDevices === '') {
    throw new SourceError(
      `${definitions.agentMqttPort.environment} needs ${definitions.agentDevices.environment}: \`shelfline devices export\` writes the file`,
    )
  }
  const devices = resources.adopt(await Devices.open(deviceFileReader(settings.agentDevices), logger), (open) =>
    open.close(),
  )
  const known = [...sources.values()].find(({ topic }) => topic === 'device_status')
  if (known === undefined) {
    const fix = `name a source of it in ${definitions.agentTopics.environment}, such as devices=device_status`
    logger.warn({ fix }, 'the connections of devices are not recorded: no source has the topic device_status')
  }
  const statuses =
    known === undefined
      ? undefined
      : resources.adopt(
          new Statuses({ store, sourceId: known.sourceId, timeZone: settings.timeZone, logger }),
          (open) => open.stop(),
        )
  let bridge: Bridge | undefined
  const metrics = createMqttMetrics(registry, () => undefined, {
    connections: () => bridge?.connections ?? 0,
    messages: () => bridge?.messages ?? 0,
  })
  bridge = resources.adopt(
    await Bridge.open({
      devices,
      find: (sourceId) => sources.get(sourceId),
      store,
      statuses,
      metrics,
      logger,
      limits: settings,
      problem,
      host: settings.agentHost,
      port: settings.agentMqttPort,
      hint: `${definitions.agentHost.environment} and ${definitions.agentMqttPort.environment} set where the agent takes messages`,
      certificate: { settings, logger },
      connectionsMax: settings.mqttConnectionsMax,
      packetBytesMax: settings.mqttPacketBytesMax,
    }),
    (open) => open.stop(),
  )
  return bridge
}
