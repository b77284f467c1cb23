/** A trained demand model, loaded: from its artefact to forecasts of rows. */
import { boosterFiles, type DemandBlock, type DemandManifest, MANIFEST_FILE } from '../models/demand/model.ts'
import type { ObjectStore } from '../platform/object-store.ts'
import type { LoadedModel, Xgboost } from '../platform/xgboost.ts'
import { refuse } from './failures.ts'
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
 * @throws when a file is missing or does not load, or the model reads other features than this code makes
 */
export async function openDemandModel(
  objectStore: ObjectStore,
  folder: string,
  xgboost: Xgboost,
): Promise<DemandModel> {
  const manifest = JSON.parse((await requireFile(objectStore, folder, MANIFEST_FILE)).toString()) as DemandManifest
  assertFeatures(folder, manifest)
  return openDemandFiles(folder, manifest, (file) => requireFile(objectStore, folder, file), xgboost)
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

async function requireFile(objectStore: ObjectStore, folder: string, file: string): Promise<Buffer> {
  const content = await objectStore.get(`${folder}/${file}`)
  if (content !== undefined) return content
  throw refuse(
    'ModelUnusable',
    `model: ${folder}/${file} is missing in the bucket; train anew, or roll back to a version that is whole`,
  )
}

function assertFeatures(folder: string, { features, covariates }: DemandManifest): void {
  const made = featuresWith(covariates)
  if (features.join() === made.join()) return
  const lacking = features.filter((name) => !made.includes(name))
  const added = made.filter((name) => !features.includes(name))
  throw refuse(
    'ModelUnusable',
    `model: ${folder} reads other features than this version makes (lacking: ${lacking.join(', ') || 'none'}; ` +
      `new: ${added.join(', ') || 'none'}); train anew`,
  )
}

function assertNumbers(folder: string, { mean, quantiles }: RowForecasts): void {
  if (mean.every(Number.isFinite) && quantiles.every(Number.isFinite)) return
  throw new Error(`model: ${folder} gave a forecast that is not a number`)
}
