/** A trained demand model, loaded: from its artefact to forecasts of rows. */

import { boosterFile, type DemandBlock, type DemandManifest } from '../../models/forecasting/model.ts'
import type { QuantileTable } from '../../models/forecasting/quantile-table.ts'
import { assertFeatures, ModelUnusable, readArtefact, readManifest } from '../../models/registry/artefact.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import type { LoadedModel, Xgboost } from '../../platform/xgboost/xgboost.ts'
import { type ForecastRows, featuresWith } from './dataset.ts'
import { deviationsOfRows, forecastByChoice, highsOfRows, quantilesOfRows, type RowForecasts } from './scoring.ts'

export interface DemandModel extends AsyncDisposable {
  manifest: DemandManifest
  /** @throws when a forecast is not a number: none ever reaches a table */
  forecast(block: DemandBlock, rows: ForecastRows): Promise<RowForecasts>
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
  assertFeatures(folder, manifest.features, featuresWith(manifest.covariates, manifest.hasHistory))
  assertQuantiles(folder, manifest)
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
    const file = boosterFile(block)
    boosters.set(file, await xgboost.load(await read(file)))
  }
  return {
    manifest,
    async forecast(block, rows) {
      const { values } = await boosters.get(boosterFile(block))!.predict(rows.values)
      const mean = forecastByChoice(rows, values, block.choice)
      const forecasts = spreadAround(rows, mean, block.quantiles)
      assertNumbers(name, forecasts)
      return forecasts
    },
    async [Symbol.asyncDispose]() {
      for (const booster of boosters.values()) await booster.free()
    },
  }
}

/** Quantiles were once boosters of their own: such a manifest has no table of them. */
function assertQuantiles(artefact: string, { blocks }: DemandManifest): void {
  if (blocks.every(({ quantiles }) => quantiles !== undefined)) return
  throw new ModelUnusable(
    `model: ${artefact} has a booster for each quantile, which this version does not support; train the model again`,
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
