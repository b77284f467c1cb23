import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Knowledge } from '../../activities/forecasting/online/predictor.ts'

export interface PredictorMetrics {
  /** Answers by the models that gave them; `none`: refused. */
  answered(door: 'http' | 'kafka', models: Iterable<string>): void
  /** Requests that break their contract, or were refused before they were looked at. */
  rejected(door: 'http' | 'kafka', count: number): void
  observeHttp(status: number, milliseconds: number): void
  /** From the request's arrival in Kafka to the commit of its answer. */
  observeKafka(milliseconds: number): void
  loaded(part: string, milliseconds: number): void
}

const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10]

export function createPredictorMetrics(registry: Registry, know: () => Knowledge): PredictorMetrics {
  const registers = [registry]
  const answers = new Counter({
    name: 'shelfline_predict_answers_total',
    help: 'Requests for forecasts that were answered, by door and by the model that answered; none: refused.',
    labelNames: ['door', 'model'],
    registers,
  })
  const rejected = new Counter({
    name: 'shelfline_predict_rejected_total',
    help: 'Requests for forecasts that break their contract, or come when too many are being answered.',
    labelNames: ['door'],
    registers,
  })
  const http = new Histogram({
    name: 'shelfline_predict_request_seconds',
    help: 'Time until a request by HTTP is answered.',
    labelNames: ['status'],
    buckets: SECONDS,
    registers,
  })
  const kafka = new Histogram({
    name: 'shelfline_predict_kafka_seconds',
    help: 'Time from the arrival of a request in Kafka to the commit of its answer; some of each batch.',
    buckets: SECONDS,
    registers,
  })
  const loads = new Histogram({
    name: 'shelfline_predict_load_seconds',
    help: 'Time to load what forecasts are answered from: the champion, the features, the forecasts of the morning.',
    labelNames: ['part'],
    buckets: [0.1, 0.5, 1, 5, 20, 60, 300],
    registers,
  })
  new Gauge({
    name: 'shelfline_predict_series',
    help: 'Series whose features are in memory.',
    registers,
    collect() {
      this.set(know().table?.size ?? 0)
    },
  })
  new Gauge({
    name: 'shelfline_predict_series_bytes',
    help: 'Bytes of their features.',
    registers,
    collect() {
      this.set(know().table?.bytes ?? 0)
    },
  })
  new Gauge({
    name: 'shelfline_predict_champion_version',
    help: 'Version of the model in use; 0: none.',
    registers,
    collect() {
      this.set(know().champion?.version ?? 0)
    },
  })
  return {
    answered(door, models) {
      const counts = new Map<string, number>()
      for (const model of models) counts.set(model, (counts.get(model) ?? 0) + 1)
      for (const [model, count] of counts) answers.inc({ door, model }, count)
    },
    rejected: (door, count) => rejected.inc({ door }, count),
    observeHttp: (status, milliseconds) => http.observe({ status }, milliseconds / 1000),
    observeKafka: (milliseconds) => kafka.observe(milliseconds / 1000),
    loaded: (part, milliseconds) => loads.observe({ part }, milliseconds / 1000),
  }
}
