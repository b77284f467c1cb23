/** Every figure, by group: what the page, Power BI, the web and Grafana show. */
import type { Figure, FigureGroup } from './figure.ts'
import { forecastFigures } from './forecasts.ts'
import { impactFigures } from './impact.ts'
import { salesFigures } from './sales.ts'
import { stockFigures } from './stock.ts'
import { supplyFigures } from './supply.ts'

export const figureGroups: readonly FigureGroup[] = [
  salesFigures,
  stockFigures,
  supplyFigures,
  forecastFigures,
  impactFigures,
]

export const figures: readonly Figure[] = figureGroups.flatMap((group) => group.figures)
