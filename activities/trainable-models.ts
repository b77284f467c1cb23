import { demandModel } from './model-demand.ts'
import type { TrainableModel } from './trainable-model.ts'

/** Every model that `trainModels` trains, in the order in which it begins them. */
export const trainableModels: readonly TrainableModel[] = [demandModel]
