import { demandModel } from '../forecasting/trainable-demand.ts'
import { anomaliesModel } from '../insights/anomalies.ts'
import { crossSellModel } from '../insights/cross-sell.ts'
import { slowMoversModel } from '../insights/slow-movers.ts'
import { stockTargetsModel } from '../insights/stock-targets.ts'
import { unusualSalesModel } from '../insights/unusual-sales.ts'
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
