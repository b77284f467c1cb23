import { Counter, Gauge, type Registry } from 'prom-client'
import type { ConnectorInfo } from '../../platform/connect/connect.ts'

/** A slot of a source in PostgreSQL. Bytes of its write-ahead log. */
export interface Slot {
  isActive: boolean
  /** `lost`: PostgreSQL has dropped what the slot needs. */
  isLost: boolean
  keptBytes: number
  lagBytes: number
  /** How much more may be kept before it is lost; null: there is no bound. */
  safeBytes: number | null
}

export interface WatchMetrics {
  setConnectors(connectors: readonly ConnectorInfo[]): void
  /** Connect does not answer. */
  setAway(): void
  countRestart(connector: string): void
  /** Undefined: it could not be measured. */
  setSlot(connector: string, slot: Slot | undefined): void
}

export function createWatchMetrics(registry: Registry): WatchMetrics {
  const registers = [registry]
  const ofConnector = (of: { name: string; help: string }) =>
    new Gauge({ ...of, labelNames: ['connector'] as const, registers })
  const up = new Gauge({ name: 'shelfline_connect_up', help: '1 while Kafka Connect answers.', registers })
  const failed = ofConnector({
    name: 'shelfline_connector_failed_parts',
    help: 'Parts of a connector that have failed: itself and its tasks.',
  })
  const running = ofConnector({ name: 'shelfline_connector_running_tasks', help: 'Tasks of a connector that run.' })
  const restarts = new Counter({
    name: 'shelfline_connector_restarts_total',
    help: 'How often a failed connector was started again.',
    labelNames: ['connector'],
    registers,
  })
  const kept = ofConnector({
    name: 'shelfline_connector_slot_kept_bytes',
    help: 'Write-ahead log that the source keeps for the slot of a connector.',
  })
  const lag = ofConnector({
    name: 'shelfline_connector_slot_lag_bytes',
    help: 'Write-ahead log that a connector has not confirmed yet.',
  })
  const safe = ofConnector({
    name: 'shelfline_connector_slot_safe_bytes',
    help: 'Write-ahead log that may still be written before the slot is lost; missing where max_slot_wal_keep_size is not set.',
  })
  const lost = ofConnector({
    name: 'shelfline_connector_slot_lost',
    help: '1 when the source has dropped what a slot needs.',
  })
  return {
    setConnectors(connectors) {
      up.set(1)
      failed.reset()
      running.reset()
      for (const { name: connector, connector: own, tasks } of connectors) {
        const count = (state: string) => tasks.filter((task) => task.state === state).length
        failed.set({ connector }, count('FAILED') + (own.state === 'FAILED' ? 1 : 0))
        running.set({ connector }, count('RUNNING'))
      }
    },
    setAway: () => up.set(0),
    countRestart: (connector) => restarts.inc({ connector }),
    setSlot(connector, slot) {
      for (const metric of [kept, lag, safe, lost]) metric.remove({ connector })
      if (slot === undefined) return
      kept.set({ connector }, slot.keptBytes)
      lag.set({ connector }, slot.lagBytes)
      lost.set({ connector }, slot.isLost ? 1 : 0)
      if (slot.safeBytes !== null) safe.set({ connector }, slot.safeBytes)
    },
  }
}
