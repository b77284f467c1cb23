/** The faults: how many, of what kind, and how they strike. */
import { setTimeout as pause } from 'node:timers/promises'
import { below, pick } from '../../streams/simulation/random.ts'
import type { Kind } from './fleet.ts'
import { proxyNames } from './fleet.ts'
import { networkFaults } from './proxy.ts'
import type { Lane, Session } from './session.ts'
import type { OwnInstance } from './site.ts'

export const forms = ['full', 'short'] as const
export type Form = (typeof forms)[number]

export interface Load {
  /** All events of the run, those of the days before included. */
  events: number
  historyDays: number
  historyEvents: number
  ratePerSecond: number
}

export interface Scenario {
  name: string
  description: string
  proxied: boolean
  load: Record<Form, Load>
  /** Lanes strike side by side. */
  lanes(session: Session, instance: OwnInstance, form: Form): Lane[]
}

const SMALL: Load = { events: 20_000, historyDays: 5, historyEvents: 10_000, ratePerSecond: 200 }
const MIDDLE: Load = { events: 100_000, historyDays: 10, historyEvents: 30_000, ratePerSecond: 300 }
const BOTH: readonly Kind[] = ['stream', 'batch']
/** Kafka gives a silent member's partitions away after this; see SHELFLINE_KAFKA_SESSION_TIMEOUT_MS. */
const SESSION_MS = 6_000
/** Temporal gives a silent activity to another worker after this. */
const HEARTBEAT_MS = 30_000
const HOUR_MS = 3_600_000

/** Kills a worker, now and then all of a kind. */
export const killLane = (session: Session, kind: Kind, faults: number, pauseMsMax: number): Lane => ({
  faults,
  pauseMsMax,
  async strike(random) {
    const all = session.fleet.of(kind)
    const victims = random() < 0.2 ? all : [pick(random, all)]
    for (const victim of victims) session.fleet.kill(victim)
    return { fault: 'kill -9', victim: victims.map(({ name }) => name).join(' and '), recovering: [kind] }
  },
})

const kill: Scenario = {
  name: 'kill',
  description: '`kill -9` of stream and batch workers',
  proxied: false,
  load: {
    full: { events: 1_000_000, historyDays: 30, historyEvents: 150_000, ratePerSecond: 1_000 },
    short: { ...SMALL, events: 30_000 },
  },
  lanes(session, _instance, form) {
    const lane = (kind: Kind, faults: number) => killLane(session, kind, faults, 3_000)
    return form === 'full' ? [lane('stream', 70), lane('batch', 30)] : [lane('stream', 5), lane('batch', 2)]
  },
}

const servers: Scenario = {
  name: 'servers',
  description: 'restart of PostgreSQL, Kafka, MinIO, Temporal under load',
  proxied: false,
  load: { full: MIDDLE, short: SMALL },
  lanes(session, instance, form) {
    const each = form === 'full' ? 20 : 1
    return [
      {
        faults: each * proxyNames.length,
        pauseMsMax: 2_000,
        async strike(random, number) {
          const name = proxyNames[number % proxyNames.length]!
          const how = Math.floor(number / proxyNames.length) % 2 === 0 ? 'crash' : 'stop'
          const restart = async () => {
            await instance.stopServer(name, how)
            await pause(below(random, 3_000))
            await instance.startServers()
          }
          // Events are sent until the moment in which Kafka goes, and again when it is back.
          await (name === 'kafka' ? session.workload.whileHeld(restart) : restart())
          const recovering: readonly Kind[] = name === 'kafka' ? ['stream'] : name === 'temporal' ? ['batch'] : BOTH
          return { fault: how === 'crash' ? 'crash' : 'restart', victim: name, recovering }
        },
      },
    ]
  },
}

const network: Scenario = {
  name: 'network',
  description: 'a network between workers and each server that delays, resets, drops and goes dark',
  proxied: true,
  load: { full: MIDDLE, short: SMALL },
  lanes(session, _instance, form) {
    return [
      {
        faults: form === 'full' ? 80 : 8,
        pauseMsMax: 1_500,
        async strike(random, number) {
          const name = proxyNames[number % proxyNames.length]!
          // Each server meets each fault in turn.
          const fault = networkFaults[(number + Math.floor(number / proxyNames.length)) % networkFaults.length]!
          const proxy = session.fleet.proxies.get(name)!
          proxy.begin(fault, 50 + below(random, 450))
          await pause(1_000 + below(random, fault === 'dark' ? 11_000 : 5_000))
          proxy.end()
          const recovering: readonly Kind[] = name === 'kafka' ? ['stream'] : name === 'temporal' ? ['batch'] : BOTH
          return { fault, victim: name, recovering }
        },
      },
    ]
  },
}

const zombie: Scenario = {
  name: 'zombie',
  description: 'two workers and a zombie: stopped until others have its work, then woken',
  proxied: false,
  load: { full: MIDDLE, short: SMALL },
  lanes(session, _instance, form) {
    const lane = (kind: Kind, faults: number, silentMs: number): Lane => ({
      faults,
      pauseMsMax: 1_000,
      async strike(random) {
        const victim = pick(random, session.fleet.of(kind))
        session.fleet.suspend(victim)
        await pause(silentMs + below(random, 3_000))
        session.fleet.wake(victim)
        return { fault: 'zombie', victim: victim.name, recovering: [kind] }
      },
    })
    const [stream, batch] = form === 'full' ? [40, 10] : [3, 1]
    return [lane('stream', stream!, SESSION_MS + 1_000), lane('batch', batch!, HEARTBEAT_MS + 2_000)]
  },
}

const clock: Scenario = {
  name: 'clock',
  description: 'the clock of a worker jumps by an hour, ahead or back',
  proxied: false,
  load: { full: MIDDLE, short: SMALL },
  lanes(session, _instance, form) {
    return [
      {
        faults: form === 'full' ? 10 : 2,
        pauseMsMax: 1_000,
        async strike(random, number) {
          const victim = pick(random, session.fleet.of(number % 2 === 0 ? 'stream' : 'batch'))
          const offsetMs = number % 4 < 2 ? HOUR_MS : -HOUR_MS
          session.fleet.setClock(victim, offsetMs)
          await pause(8_000 + below(random, 4_000))
          session.fleet.setClock(victim, 0)
          return { fault: offsetMs > 0 ? 'clock + 1 h' : 'clock - 1 h', victim: victim.name, recovering: [victim.kind] }
        },
      },
    ]
  },
}

const disk: Scenario = {
  name: 'disk',
  description: 'full disk for PostgreSQL, MinIO, and the folder that workers spill to',
  proxied: false,
  load: { full: MIDDLE, short: SMALL },
  lanes(_session, instance, form) {
    const places = ['postgres', 'objectStore', 'spill'] as const
    return [
      {
        faults: places.length * (form === 'full' ? 5 : 1),
        pauseMsMax: 1_000,
        async strike(random, number) {
          const place = places[number % places.length]!
          const full = [place, ...(place === 'spill' ? ['duckdb'] : [])].map((name) => instance.disks.get(name)!)
          for (const one of full) one.fill()
          await pause(6_000 + below(random, 4_000))
          for (const one of full) one.free()
          // A server that could not write its log has ended: the one who made room starts it again.
          await instance.startServers()
          return { fault: 'full disk', victim: place, recovering: BOTH }
        },
      },
    ]
  },
}

export const scenarios: readonly Scenario[] = [kill, servers, network, disk, zombie, clock]
