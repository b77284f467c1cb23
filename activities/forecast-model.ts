/** A trained demand model, loaded: from its artefact to forecasts of rows. */
import { assertFeatures, readArtefact, readManifest } from '../models/artefact.ts'
import { boosterFiles, type DemandBlock, type DemandManifest } from '../models/demand/model.ts'
import type { ObjectStore } from '../platform/object-store.ts'
import type { LoadedModel, Xgboost } from '../platform/xgboost.ts'
import { type ForecastRows, featuresWith } from './forecast-dataset.ts'
import { calibrateRows, forecastByChoice } from './forecast-scoring.ts'

export interface DemandModel extends AsyncDisposable {
  manifest: DemandManifest
  /** @throws when a forecast is not a number: none ever reaches a table */
  forecast(block: DemandBlock, rows: ForecastRows): Promise<RowForecasts>
}

export interface RowForecasts {
  mean: Float32Array
  /** Row after row, a value for each quantile, in order and not below zero. */
  quantiles: Float32Array
}

/**
 * @param folder of the artefact in the bucket
 * @throws ModelUnusable when a file is missing, or the model reads other features than this code makes
 */
export async function openDemandModel(
  objectStore: ObjectStore,
  folder: string,
  xgboost: Xgboost,
): Promise<DemandModel> {
  const manifest = await readManifest<DemandManifest>(objectStore, folder)
  assertFeatures(folder, manifest.features, featuresWith(manifest.covariates))
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
    for (const file of Object.values(boosterFiles(block))) {
      boosters.set(file, await xgboost.load(await read(file)))
    }
  }
  return {
    manifest,
    async forecast(block, rows) {
      const files = boosterFiles(block)
      const mean = (await boosters.get(files.mean)!.predict(rows.values)).values
      const quantiles = (await boosters.get(files.quantiles)!.predict(rows.values)).values
      const forecasts = {
        mean: forecastByChoice(rows, mean, block.choice),
        quantiles: calibrateRows(rows, quantiles, block.margins),
      }
      assertNumbers(name, forecasts)
      return forecasts
    },
    async [Symbol.asyncDispose]() {
      for (const booster of boosters.values()) await booster.free()
    },
  }
}

function assertNumbers(folder: string, { mean, quantiles }: RowForecasts): void {
  if (mean.every(Number.isFinite) && quantiles.every(Number.isFinite)) return
  throw new Error(`model: ${folder} gave a forecast that is not a number`)
}
