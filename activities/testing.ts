/** What the tests of building share: dependencies over a test's assets, and a builder in a process of its own that stops itself. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { expect } from 'vitest'
import type { RunRequest } from '../platform/ledger.ts'
import type { Pool } from '../platform/postgres/postgres.ts'
import type { Settings } from '../platform/settings/settings.ts'
import type { AssetContext, AssetDefinition } from './assets/framework/asset.ts'
import type { BatchDependencies } from './dependencies.ts'
import { createBatchMetrics } from './metrics.ts'

export const dependenciesOf = (context: AssetContext, assets: readonly AssetDefinition[]): BatchDependencies => ({
  ...context,
  metrics: createBatchMetrics(new Registry()),
  assets,
})

export const idleLife = (signal = new AbortController().signal) => ({ heartbeat: () => undefined, signal })

export const buildRequest = (asset: string, date: string, workflowId = 'w'): RunRequest => ({
  asset,
  date,
  workflowId,
  runId: 'r',
  reason: 'requested',
})

/** Where a builder stops itself, and by which signal. */
export interface StopAt {
  /** `succeed`: within the swap's transaction, before the ledger is written. */
  point: 'before swap' | 'after swap' | 'succeed'
  by: 'SIGSTOP' | 'SIGKILL'
}

/** What the builder was asked, and the result, as its process reports it. */
export type BuilderJob = { request: RunRequest; stop: StopAt }
export type BuilderOutcome = { built: { rows: number } } | { failed: string; message: string }

export interface StoppingBuilder {
  child: ChildProcess
  /** What it reports at its end; undefined when it was killed. */
  outcome: Promise<BuilderOutcome | undefined>
  /** Until the process has really stopped. */
  stopped(): Promise<void>
}

export function startBuilder({ postgresUrl, lakePrefix, home }: Settings, job: BuilderJob): StoppingBuilder {
  const child = fork(join(import.meta.dirname, 'backfill', 'stopping-builder.ts'), [JSON.stringify(job)], {
    env: {
      ...process.env,
      SHELFLINE_POSTGRES_URL: postgresUrl,
      SHELFLINE_LAKE_PREFIX: lakePrefix,
      SHELFLINE_HOME: home,
    },
  })
  let outcome: BuilderOutcome | undefined
  child.on('message', (said: BuilderOutcome) => {
    outcome = said
  })
  // State T of proc(5); the name before it may hold anything but a closing parenthesis.
  const state = () => /\) (\w)/.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1]
  return {
    child,
    outcome: once(child, 'exit').then(() => outcome),
    stopped: () => expect.poll(state, { timeout: 60_000 }).toBe('T'),
  }
}

/** A connection that breaks at the first statement whose text has a part: before it had its effect, or after. */
export function breakingPool(pool: Pool, part: string, moment: 'before' | 'after'): Pool {
  let isBroken = false
  const breaking = (query: (...given: unknown[]) => Promise<unknown>) =>
    async function queryOnce(text: unknown, ...others: unknown[]) {
      const isNow = !isBroken && typeof text === 'string' && text.includes(part)
      isBroken ||= isNow
      if (isNow && moment === 'before') throw new Error('Connection terminated unexpectedly')
      const result = await query(text, ...others)
      if (isNow) throw new Error('Connection terminated unexpectedly')
      return result
    }
  const wrapped = <Target extends object>(target: Target, own: Record<string, unknown>): Target =>
    new Proxy(target, {
      get(_, name) {
        if (typeof name === 'string' && name in own) return own[name]
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  type Query = (...given: unknown[]) => Promise<unknown>
  return wrapped(pool, {
    query: breaking(pool.query.bind(pool) as Query),
    async connect() {
      const client = await pool.connect()
      return wrapped(client, { query: breaking(client.query.bind(client) as Query) })
    },
  })
}
