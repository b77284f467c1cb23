/** The order in which assets are built: pure, so that a workflow may decide by it. */

export interface GraphNode {
  name: string
  upstream: readonly string[]
}

export type NodeResult = 'succeeded' | 'failed' | 'skipped'

/**
 * Builds each node as soon as all of its upstream has succeeded, `concurrencyMax` at once. What is downstream of a failed
 * node is skipped; the rest continues.
 *
 * @param nodes each after its upstream; upstream that is not among them counts as there
 * @param build whether the node succeeded; what it throws ends everything, after what runs has settled
 */
export async function runInOrder(
  nodes: readonly GraphNode[],
  concurrencyMax: number,
  build: (name: string) => Promise<boolean>,
): Promise<Map<string, NodeResult>> {
  const results = new Map<string, NodeResult>()
  const waiting = new Map(nodes.map((node) => [node.name, node]))
  const running = new Map<string, Promise<void>>()
  const start = (name: string) => {
    const work = build(name).then((isBuilt) => {
      results.set(name, isBuilt ? 'succeeded' : 'failed')
      running.delete(name)
    })
    running.set(name, work)
  }
  try {
    while (waiting.size + running.size > 0) {
      for (const { name, upstream } of waiting.values()) {
        const isDone = (other: string) => !waiting.has(other) && !running.has(other)
        if (upstream.some((other) => results.has(other) && results.get(other) !== 'succeeded')) {
          results.set(name, 'skipped')
        } else if (running.size < concurrencyMax && upstream.every(isDone)) {
          start(name)
        } else continue
        waiting.delete(name)
      }
      if (running.size > 0) await Promise.race(running.values())
    }
  } finally {
    await Promise.allSettled(running.values())
  }
  return results
}

/**
 * Runs `work` on every item, `concurrencyMax` at once, and gives the results in the order of the items. After the first
 * error no more is begun, and the error is thrown when what runs has settled.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  concurrencyMax: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  let isBroken = false
  const lane = async () => {
    while (next < items.length && !isBroken) {
      const index = next++
      try {
        results[index] = await work(items[index]!)
      } catch (error) {
        isBroken = true
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(concurrencyMax, items.length) }, lane))
  const broken = lanes.find(({ status }) => status === 'rejected')
  if (broken) throw (broken as PromiseRejectedResult).reason
  return results
}
