import { addDays } from '../../contracts/calendar.ts'
import type { Home } from '../stack/home.ts'

export type DataSet = 'complete-journey' | 'online-retail'

/** Where the data sets begin. */
const FIRST_DAY: Record<DataSet, string> = { 'complete-journey': '2017-01-01', 'online-retail': '2009-12-01' }

const FILE = 'replayed.json'

export interface Replayed {
  dataSet: DataSet
  /** The last day that was replayed whole. */
  to: string
  /** Missing: all stores. */
  stores?: number
}

export interface Wanted {
  dataSet: DataSet
  days: number
  stores?: number
}

/** The first and the last of the requested days. */
export function wantedDays({ dataSet, days }: Wanted): { from: string; to: string } {
  const from = FIRST_DAY[dataSet]
  return { from, to: addDays(from, days - 1) }
}

/** The days that the instance has not seen yet; undefined when it has seen them all. */
export function nextReplay(home: Home, wanted: Wanted): { from: string; to: string } | undefined {
  const all = wantedDays(wanted)
  const done = home.read<Replayed>(FILE)
  if (done?.dataSet !== wanted.dataSet || done.stores !== wanted.stores) return all
  return done.to >= all.to ? undefined : { from: addDays(done.to, 1), to: all.to }
}

export function rememberReplay(home: Home, replayed: Replayed): void {
  home.writePrivate(FILE, replayed)
}

export const forgetReplays = (home: Home): void => home.forget(FILE)
