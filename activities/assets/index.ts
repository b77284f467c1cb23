import { cleansedFootTraffic } from './cleansed/foot-traffic.ts'
import { cleansedInventory } from './cleansed/inventory.ts'
import { cleansedPriceChanges } from './cleansed/price-changes.ts'
import { cleansedSales } from './cleansed/sales.ts'
import { featuresDailySales } from './features/daily-sales.ts'
import { featuresDemand } from './features/demand.ts'
import { featuresLiveState } from './features/live-state.ts'
import type { AssetDefinition } from './framework/asset.ts'
import { opsDecisions } from './ops/decisions.ts'
import { opsState } from './ops/state.ts'
import { predictionsAnomalies } from './predictions/anomalies.ts'
import { predictionsCrossSell } from './predictions/cross-sell.ts'
import { predictionsDemand } from './predictions/demand.ts'
import { factAnomaly } from './predictions/fact-anomaly.ts'
import { factCrossSell } from './predictions/fact-cross-sell.ts'
import { factForecast } from './predictions/fact-forecast.ts'
import { factSlowMover } from './predictions/fact-slow-mover.ts'
import { factStockTarget } from './predictions/fact-stock-target.ts'
import { forecastAccuracy } from './predictions/forecast-accuracy.ts'
import { forecastDependence } from './predictions/forecast-dependence.ts'
import { predictionsSlowMovers } from './predictions/slow-movers.ts'
import { predictionsStockTargets } from './predictions/stock-targets.ts'
import { dimPrice } from './star/dim-price.ts'
import { dimProduct } from './star/dim-product.ts'
import { dimStore } from './star/dim-store.ts'
import { factFootTraffic } from './star/fact-foot-traffic.ts'
import { factInventory } from './star/fact-inventory.ts'
import { factSales } from './star/fact-sales.ts'
import { factStockMovement } from './star/fact-stock-movement.ts'
import { factStockout } from './star/fact-stockout.ts'

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
  factStockMovement,
  factStockout,
  factFootTraffic,
  featuresDailySales,
  featuresLiveState,
  opsState,
  opsDecisions,
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
