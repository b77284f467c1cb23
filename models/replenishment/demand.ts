/** What is known of the demand to come. */

/** A day's demand: the mean, and how far it may be off. Units; null quantiles count as none. */
export interface DayDemand {
  mean: number
  /** Of the demand around the mean; left out: from the quantiles, or from the rate's dispersion. */
  variance?: number
  /** Quantiles at `ForecastDemand.levels`. */
  quantiles?: readonly number[]
}

/** A forecast, day by day, from the day of the review on. */
export interface ForecastDemand {
  kind: 'forecast'
  /** Levels of the days' quantiles, rising and symmetrical: e.g. [0.1, 0.5, 0.9]. Left out when days have none. */
  levels?: readonly number[]
  days: readonly DayDemand[]
  /** Correlation between the errors of any two days, 0 to 1: by `equicorrelation`. Left out: `DEPENDENCE_DEFAULT`. */
  dependence?: number
  /** Where it comes from, for people: e.g. 'demand@3 of 2024-05-01'. */
  source: string
}

/** A usual rate, where no forecast exists: demand that is negative binomial around it. */
export interface RateDemand {
  kind: 'rate'
  unitsPerDay: number
  /** 1 / size of a day's negative binomial distribution; 0 for Poisson. */
  inverseSize: number
  source: string
}

export type DemandKnown = ForecastDemand | RateDemand
