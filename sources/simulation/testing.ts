import { loadSettings } from '../../platform/settings/settings.ts'
import { temporarySettings } from '../testing.ts'
import type { WorldMessage } from './messages.ts'
import { endMs, type Faults, noFaults, type WorldOptions } from './options.ts'
import { type Pattern, readPattern } from './pattern.ts'
import { followPlainRule } from './plain-rule.ts'
import { World } from './world.ts'

/** The pattern of the data set that is part of the repository. */
export async function offlinePattern(): Promise<Pattern> {
  const { settings, remove } = temporarySettings()
  try {
    return await readPattern({ ...loadSettings(), home: settings.home }, 'online-retail')
  } finally {
    remove()
  }
}

export const smallWorld = (change: Partial<WorldOptions> = {}, faults: Partial<Faults> = {}): WorldOptions => ({
  stores: 2,
  products: 40,
  visitsPerDay: 60,
  days: 3,
  from: '2026-11-02',
  seed: 1,
  pattern: 'online-retail',
  ...change,
  faults: { ...noFaults, ...faults },
})

/** A world that ran to its end under the plain rule, and all that it sent. */
export function runToEnd(options: WorldOptions, pattern: Pattern): { world: World; messages: WorldMessage[] } {
  const world = new World(options, pattern)
  followPlainRule(world)
  return { world, messages: [...world.catalogue(), ...world.advance(endMs(options))] }
}

/** The events of a topic, as they were sent. */
export function eventsOf<Event>(messages: readonly WorldMessage[], topic: WorldMessage['topic']): Event[] {
  return messages.filter((message) => message.topic === topic).map(({ value }) => JSON.parse(value) as Event)
}
