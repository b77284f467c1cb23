import type { AssetDefinition } from '../asset.ts'
import { cleansedFootTraffic } from './cleansed-foot-traffic.ts'
import { cleansedInventory } from './cleansed-inventory.ts'
import { cleansedPriceChanges } from './cleansed-price-changes.ts'
import { cleansedSales } from './cleansed-sales.ts'
import { dimPrice } from './dim-price.ts'
import { dimProduct } from './dim-product.ts'
import { dimStore } from './dim-store.ts'
import { factAnomaly } from './fact-anomaly.ts'
import { factCrossSell } from './fact-cross-sell.ts'
import { factFootTraffic } from './fact-foot-traffic.ts'
import { factForecast } from './fact-forecast.ts'
import { factInventory } from './fact-inventory.ts'
import { factSales } from './fact-sales.ts'
import { factSlowMover } from './fact-slow-mover.ts'
import { factStockTarget } from './fact-stock-target.ts'
import { featuresDailySales } from './features-daily-sales.ts'
import { featuresDemand } from './features-demand.ts'
import { featuresLiveState } from './features-live-state.ts'
import { forecastAccuracy } from './forecast-accuracy.ts'
import { forecastDependence } from './forecast-dependence.ts'
import { predictionsAnomalies } from './predictions-anomalies.ts'
import { predictionsCrossSell } from './predictions-cross-sell.ts'
import { predictionsDemand } from './predictions-demand.ts'
import { predictionsSlowMovers } from './predictions-slow-movers.ts'
import { predictionsStockTargets } from './predictions-stock-targets.ts'

/** Every asset, each after its upstream. */
export const assets: readonly AssetDefinition[] = [
  cleansedSales,
  cleansedInventory,
  cleansedPriceChanges,
  cleansedFootTraffic,
  dimStore,
  dimProduct,
  dimPrice,
  factSales,
  factInventory,
  factFootTraffic,
  featuresDailySales,
  featuresLiveState,
  featuresDemand,
  predictionsDemand,
  factForecast,
  forecastAccuracy,
  forecastDependence,
  predictionsAnomalies,
  factAnomaly,
  predictionsSlowMovers,
  factSlowMover,
  predictionsCrossSell,
  factCrossSell,
  predictionsStockTargets,
  factStockTarget,
]

/** @throws naming the assets that there are */
export function assetByName(name: string): AssetDefinition {
  const found = assets.find((asset) => asset.name === name)
  if (found !== undefined) return found
  throw new Error(`asset "${name}" is unknown; the assets are ${assets.map((asset) => asset.name).join(', ')}`)
}
