import { Counter, Gauge, type Registry } from 'prom-client'
import type { SliceNote } from './row-store.ts'

export interface CdcMetrics {
  count(map: string, note: SliceNote, nowMs: number): void
  setLag(map: string, messages: number): void
  setStopped(map: string, isStopped: boolean): void
  /** The map is no longer this worker's. */
  forget(map: string): void
  /** Maps that wait for a decision. */
  stopped(): string[]
}

export function createCdcMetrics(registry: Registry): CdcMetrics {
  const registers = [registry]
  const labelNames = ['map'] as const
  const messages = new Counter({
    name: 'shelfline_cdc_messages_total',
    help: 'Messages of Debezium that were read.',
    labelNames,
    registers,
  })
  const events = new Counter({
    name: 'shelfline_cdc_events_total',
    help: 'Events made of changes: sent, or rejected (they become dead letters).',
    labelNames: ['map', 'outcome'],
    registers,
  })
  const lag = new Gauge({
    name: 'shelfline_cdc_lag_messages',
    help: 'Messages of Debezium that were not read yet.',
    labelNames,
    registers,
  })
  const delay = new Gauge({
    name: 'shelfline_cdc_delay_seconds',
    help: 'Time from the newest change that was mapped, in the other database, until its event was sent.',
    labelNames,
    registers,
  })
  const stopped = new Gauge({
    name: 'shelfline_cdc_stopped',
    help: '1 while a map can not continue until a person has done something.',
    labelNames,
    registers,
  })
  const waiting = new Set<string>()
  return {
    count(map, note, nowMs) {
      messages.inc({ map }, note.messages)
      if (note.events > 0) events.inc({ map, outcome: 'sent' }, note.events)
      if (note.rejected > 0) events.inc({ map, outcome: 'rejected' }, note.rejected)
      if (note.changedAt !== null) delay.set({ map }, Math.max(0, nowMs - note.changedAt.getTime()) / 1_000)
    },
    setLag: (map, count) => lag.set({ map }, count),
    setStopped(map, isStopped) {
      stopped.set({ map }, isStopped ? 1 : 0)
      if (isStopped) waiting.add(map)
      else waiting.delete(map)
    },
    forget(map) {
      waiting.delete(map)
      for (const metric of [lag, delay, stopped]) metric.remove({ map })
    },
    stopped: () => [...waiting].sort(),
  }
}
