import { demandModel } from '../forecasting/trainable-demand.ts'
import { anomaliesModel } from '../model-anomalies.ts'
import { crossSellModel } from '../model-cross-sell.ts'
import { slowMoversModel } from '../model-slow-movers.ts'
import { stockTargetsModel } from '../model-stock-targets.ts'
import { unusualSalesModel } from '../model-unusual-sales.ts'
import type { TrainableModel } from './trainable-model.ts'

/** Every model that `trainModels` trains, in the order in which it begins them. */
export const trainableModels: readonly TrainableModel[] = [
  demandModel,
  anomaliesModel,
  unusualSalesModel,
  slowMoversModel,
  crossSellModel,
  stockTargetsModel,
]
