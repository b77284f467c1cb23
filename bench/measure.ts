import { cpus, totalmem } from 'node:os'

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** What the figures were measured on. */
export function machine(): string {
  const processors = cpus()
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
}

/** Seconds that `work` took. */
export async function seconds(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}

/** One line a figure: median, then the least and the greatest. */
export function report(figure: string, unit: string, values: readonly number[]): void {
  const show = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toPrecision(3))
  console.log(
    `${figure.padEnd(58)} ${show(median(values)).padStart(10)} ${unit}   (${show(Math.min(...values))} … ${show(Math.max(...values))}, ${values.length} runs)`,
  )
}
