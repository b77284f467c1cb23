/** What workflows ask of models: which there are to train, to train one, and whether it still fits. */
import { Context } from '@temporalio/activity'
import { currentLife, currentWorkflow, whilePulsing } from '../activity-context.ts'
import { requireBegun } from '../backfill/begun-days.ts'
import { dayBefore } from '../backfill/partitions.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { type DriftReport, measureDrift } from '../registry/drift.ts'
import { requireKnown, requireRecent } from '../registry/inputs.ts'
import type { TrainedVersion, TrainRequest } from '../registry/trainable-model.ts'
import { trainableModels } from '../registry/trainable-models.ts'

export interface TrainingQuestion {
  /** Left out: every model. */
  models?: readonly string[]
  /** Left out: the day before `at`, in the zone that schedules are read in. */
  date?: string
  /** When the run was due, ISO. */
  at: string
}

export interface TrainingPlan {
  date: string
  models: string[]
}

export function createForecastActivities(dependencies: BatchDependencies) {
  return {
    /** @throws ApplicationFailure `InvalidInput` for unknown models, a day that has not begun, or when all there is to learn from is old */
    async planTraining({ models, date, at }: TrainingQuestion): Promise<TrainingPlan> {
      const { settings, pool } = dependencies
      const names = modelNames(models)
      if (date !== undefined) await requireBegun(pool, settings.timeZone, 'trainModels', date)
      const through = date ?? dayBefore(new Date(at), settings.timeZone)
      const wanted = trainableModels.filter(({ name }) => names.includes(name))
      await requireRecent(dependencies, wanted, through)
      return { date: through, models: names }
    },
    trainModel({ model, ...request }: TrainRequest & { model: string }): Promise<TrainedVersion> {
      const life = currentLife()
      const told = { model, step: 'reading', done: 0 }
      const beat = () => Context.current().heartbeat(told)
      const onStep = (step: string, done: number) => {
        Object.assign(told, { step, done: Number(done.toFixed(2)) })
        beat()
      }
      const trainable = trainableModels.find(({ name }) => name === model)!
      const { workflowId } = currentWorkflow()
      return whilePulsing(beat, async () => {
        if (request.asKnownAt !== undefined) await requireKnown(dependencies, request.date, request.asKnownAt)
        return trainable.train(dependencies, request, life, workflowId, onStep)
      })
    },
    /** Whether the champion's world has moved, as of a day whose sales and predictions are there. */
    measureDrift(date: string): Promise<DriftReport> {
      return whilePulsing(currentLife().heartbeat, () => measureDrift(dependencies, date))
    },
  }
}

export type ForecastActivities = ReturnType<typeof createForecastActivities>

/** @throws ApplicationFailure `InvalidInput` naming the models that there are */
function modelNames(wanted: readonly string[] | undefined): string[] {
  const names = trainableModels.map(({ name }) => name)
  if (wanted === undefined) return names
  // From the Web UI it may be anything.
  if (!Array.isArray(wanted) || wanted.length === 0 || wanted.some((name) => !names.includes(name))) {
    const told = JSON.stringify(wanted)
    throw refuse('InvalidInput', `trainModels: "models" is ${told}; it lists some of ${names.join(', ')}`)
  }
  return names.filter((name) => wanted.includes(name))
}
