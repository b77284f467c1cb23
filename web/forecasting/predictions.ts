import { predictionsAnswered, predictionsAsked } from '../../contracts/predictions.ts'
import { predict, requireSeen } from '../../services/forecasting/predictions.ts'
import { action } from '../definition.ts'

/** By POST, because a request may be long. */
export const askPredictions = action({
  path: '/predict',
  permission: 'stock.see',
  summary: 'Forecasts of products in stores, one for each request, by the champion as of now',
  isQuestion: true,
  input: predictionsAsked,
  answer: predictionsAnswered,
  async run({ pool, settings }, asked) {
    await requireSeen(
      pool,
      asked.requests.map(({ storeId }) => storeId),
    )
    return predict(settings, asked)
  },
})
