/** Why forecasts of rows are what they are. */
import {
  type Candidate,
  candidateForecast,
  SEGMENTS,
  type Segment,
  type Weights,
} from '../../models/forecasting/candidates.ts'
import { addCandidate, addMember } from '../../models/forecasting/contributions.ts'
import { MEMBERS, type Member } from '../../models/forecasting/model.ts'
import type { ForecastRows } from './dataset.ts'
import { forEachRow } from './scoring.ts'

export interface Explained {
  members: readonly Member[]
  /** The boosters' forecasts, in units. */
  boosted: readonly Float32Array[]
  weights: Readonly<Record<Segment, Weights>>
  /** Of each booster row after row a value for each feature, and the bias last. */
  shap: readonly Float32Array[]
  /** Which part each feature belongs to. */
  parts: Int32Array
  /** Of the parts. */
  count: number
}

/** @returns for each part the units of every row; together they are the mean */
export function explainRows(
  rows: ForecastRows,
  { members, boosted, weights, shap, parts, count }: Explained,
): Float32Array[] {
  const explained = Array.from({ length: count }, () => new Float32Array(rows.rows))
  const width = parts.length + 1
  const own = new Float64Array(count)
  forEachRow(rows, boosted, (row, inputs) => {
    if (rows.isClosed[row]) return
    own.fill(0)
    const known = {
      level: rows.level[row]!,
      season: rows.season[row]!,
      weekdayMean: rows.weekdayMean[row]!,
      mean28: rows.mean28[row]!,
    }
    for (const [candidate, weight] of Object.entries(weights[SEGMENTS[rows.segment[row]!]!]) as [Candidate, number][]) {
      const member = (MEMBERS as readonly Candidate[]).indexOf(candidate)
      if (member < 0) addCandidate(own, candidate, known, candidateForecast(candidate, inputs), weight)
      else
        addMember(own, members[member]!, known, shap[member]!.subarray(row * width, (row + 1) * width), parts, weight)
    }
    for (let part = 0; part < count; part += 1) explained[part]![row] = own[part]!
  })
  return explained
}
