/** A trained demand model, loaded: from its artefact to forecasts of rows. */

import { partsOfFeatures, partsWith } from '../../models/forecasting/contributions.ts'
import { boosterFile, type DemandBlock, type DemandManifest, type Member } from '../../models/forecasting/model.ts'
import type { QuantileTable } from '../../models/forecasting/quantile-table.ts'
import { assertFeatures, ModelUnusable, readArtefact, readManifest } from '../../models/registry/artefact.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import type { LoadedModel, Xgboost } from '../../platform/xgboost/xgboost.ts'
import { type ForecastRows, featuresOfCovariates, featuresWith } from './dataset.ts'
import { explainRows } from './explanation.ts'
import {
  baseOf,
  deviationsOfRows,
  forecastByWeights,
  highsOfRows,
  quantilesOfRows,
  type RowForecasts,
} from './scoring.ts'

export interface DemandModel extends AsyncDisposable {
  manifest: DemandManifest
  /** What its forecasts are explained by. */
  parts: readonly string[]
  /** @throws when a forecast is not a number: none ever reaches a table */
  forecast(block: DemandBlock, rows: ForecastRows): Promise<RowForecasts>
  /** Why the mean is what it is: for each of `parts` units that add up to it; some hundred times as slow. */
  explain(block: DemandBlock, rows: ForecastRows): Promise<Record<string, Float32Array>>
}

/**
 * @param folder of the artefact in the bucket
 * @throws ModelUnusable when a file is missing, or the model reads other features or has other quantiles than this code
 */
export async function openDemandModel(
  objectStore: ObjectStore,
  folder: string,
  xgboost: Xgboost,
): Promise<DemandModel> {
  const manifest = await readManifest<DemandManifest>(objectStore, folder)
  assertFeatures(folder, manifest.features, featuresWith(manifest))
  assertMembers(folder, manifest)
  return openDemandFiles(folder, manifest, (file) => readArtefact(objectStore, folder, file), xgboost)
}

/** A model from wherever its booster files are. @param name for messages */
export async function openDemandFiles(
  name: string,
  manifest: DemandManifest,
  read: (file: string) => Promise<Uint8Array> | Uint8Array,
  xgboost: Xgboost,
): Promise<DemandModel> {
  const boosters = new Map<string, LoadedModel>()
  for (const block of manifest.blocks) {
    for (const member of block.members.keys()) {
      const file = boosterFile(block, member)
      boosters.set(file, await xgboost.load(await read(file)))
    }
  }
  const ofCovariates = featuresOfCovariates(manifest.covariates)
  const parts = partsWith(ofCovariates)
  return {
    manifest,
    parts,
    async forecast(block, rows) {
      const own = block.members.map((_, member) => boosters.get(boosterFile(block, member))!)
      const mean = forecastByWeights(rows, await boostedUnits(own, block.members, rows), block.weights)
      const forecasts = spreadAround(rows, mean, block.quantiles)
      assertNumbers(name, forecasts)
      return forecasts
    },
    async explain(block, rows) {
      const own = block.members.map((_, member) => boosters.get(boosterFile(block, member))!)
      const shap: Float32Array[] = []
      for (const booster of own) shap.push((await booster.contributions(rows.values)).values)
      const explained = explainRows(rows, {
        members: block.members,
        boosted: await boostedUnits(own, block.members, rows),
        weights: block.weights,
        shap,
        parts: partsOfFeatures(manifest.features, ofCovariates),
        count: parts.length,
      })
      return Object.fromEntries(parts.map((name, part) => [name, explained[part]!]))
    },
    async [Symbol.asyncDispose]() {
      for (const booster of boosters.values()) await booster.free()
    },
  }
}

/** The forecasts of a block's boosters, in units. */
export async function boostedUnits(
  boosters: readonly LoadedModel[],
  members: readonly Pick<Member, 'base'>[],
  rows: ForecastRows,
): Promise<Float32Array[]> {
  const units: Float32Array[] = []
  for (const [index, { base }] of members.entries()) {
    const { values } = await boosters[index]!.predict(rows.values)
    const bases = baseOf(rows, base)
    units.push(values.map((value, row) => value * bases[row]!))
  }
  return units
}

/** Blocks once had one booster, or one for each quantile. */
function assertMembers(artefact: string, { blocks }: DemandManifest): void {
  if (blocks.every(({ members, quantiles }) => members !== undefined && quantiles !== undefined)) return
  throw new ModelUnusable(
    `model: ${artefact} was trained by an older version, whose boosters this version does not support; train the model again`,
  )
}

/** How what sells spreads around forecasts of the mean. */
export const spreadAround = (rows: ForecastRows, mean: Float32Array, table: QuantileTable): RowForecasts => ({
  mean,
  deviation: deviationsOfRows(rows, mean, table),
  quantiles: quantilesOfRows(rows, mean, table),
  highs: highsOfRows(rows, mean, table),
})

/** A forecast of some rows can't be given. */
export class NotANumber extends Error {
  override name = 'NotANumber'
}

function assertNumbers(folder: string, forecasts: RowForecasts): void {
  if (Object.values(forecasts).every((numbers: Float32Array) => numbers.every(Number.isFinite))) return
  throw new NotANumber(`model: ${folder} returned a forecast that is not a number`)
}
