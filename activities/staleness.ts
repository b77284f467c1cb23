/** Which partitions need work, and why: pure, so that a plan can be made, printed and compared anywhere. */
import type { LedgerPartition, WorkReason } from '../platform/ledger.ts'

/** An asset as planning sees it. */
export interface AssetNode {
  name: string
  upstream: readonly string[]
  codeVersion: string
}

export type KnownPartition = Pick<
  LedgerPartition,
  | 'asset'
  | 'date'
  | 'status'
  | 'run'
  | 'workflowId'
  | 'isAbandoned'
  | 'inputs'
  | 'inputsAt'
  | 'codeVersion'
  | 'succeededAt'
>

/** A partition to build. */
export interface Work {
  asset: string
  /** The store's day, YYYY-MM-DD. */
  date: string
  /** Dependency order within the date. */
  position: number
  reason: WorkReason
  /** The asset or lake table that changed, for `input_changed` and `late_data`. */
  cause: string | null
  /** The run that stands in the ledger now; null when there is none. */
  ledgerRun: number | null
}

export interface StalenessQuestion {
  /** Every asset there is, each after its upstream. */
  assets: readonly AssetNode[]
  /** The assets that were asked for; what is downstream of a rebuilt one follows. */
  requested: ReadonlySet<string>
  dates: readonly string[]
  partitions: readonly KnownPartition[]
  /** By lake table: the last version that changed a date's rows. */
  lakeChanges: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** The reasons that count by themselves; all of them when left out. What follows from a rebuilt partition always does. */
  reasons?: ReadonlySet<WorkReason>
  forced?: boolean
}

type Need = Pick<Work, 'reason' | 'cause'>

/** The partitions that need work, by date and, within it, in the order in which they are to be built. */
export function findWork(question: StalenessQuestion): Work[] {
  const byKey = new Map(question.partitions.map((partition) => [keyOf(partition.asset, partition.date), partition]))
  return question.dates.flatMap((date) => findWorkOfDate(question, date, byKey))
}

export const keyOf = (asset: string, date: string): string => `${asset} ${date}`

function findWorkOfDate(question: StalenessQuestion, date: string, byKey: ReadonlyMap<string, KnownPartition>): Work[] {
  const { assets } = question
  const known = (asset: string) => byKey.get(keyOf(asset, date))
  const needs = new Map<string, Need>()
  for (const asset of assets) {
    const need = question.requested.has(asset.name) ? ownNeed(question, asset, date, known) : undefined
    if (need) needs.set(asset.name, need)
  }
  // Backwards, so that what an upstream lacks is found before the upstream itself is looked at.
  for (const asset of assets.toReversed()) {
    if (!needs.has(asset.name)) continue
    for (const upstream of asset.upstream) {
      if (!needs.has(upstream) && !known(upstream)?.succeededAt) needs.set(upstream, { reason: 'missing', cause: null })
    }
  }
  // Forwards: whatever is made from a rebuilt partition is rebuilt too, if it was ever built or was asked for.
  for (const asset of assets) {
    if (needs.has(asset.name) || (!known(asset.name) && !question.requested.has(asset.name))) continue
    const cause = asset.upstream.find((upstream) => needs.has(upstream))
    if (cause !== undefined) needs.set(asset.name, { reason: 'input_changed', cause })
  }
  return assets.flatMap(({ name }, position) => {
    const need = needs.get(name)
    return need ? [{ asset: name, date, position, ...need, ledgerRun: known(name)?.run ?? null }] : []
  })
}

/** Why this partition needs work by itself, the gravest reason first; undefined when it does not. */
function ownNeed(
  question: StalenessQuestion,
  asset: AssetNode,
  date: string,
  known: (asset: string) => KnownPartition | undefined,
): Need | undefined {
  for (const need of ownNeeds(question, asset, date, known)) {
    if (question.reasons === undefined || question.reasons.has(need.reason)) return need
  }
  return undefined
}

function* ownNeeds(
  { forced, lakeChanges }: StalenessQuestion,
  asset: AssetNode,
  date: string,
  known: (asset: string) => KnownPartition | undefined,
): Generator<Need> {
  const partition = known(asset.name)
  if (partition?.status === 'failed' || partition?.isAbandoned) yield { reason: 'failed', cause: null }
  // Somebody is building it at this moment.
  else if (partition?.status === 'running' && !forced) return
  if (forced) yield { reason: 'forced', cause: null }
  if (!partition?.succeededAt) return yield { reason: 'missing', cause: null }
  if (partition.codeVersion !== asset.codeVersion) yield { reason: 'code_changed', cause: null }
  for (const [input, version] of Object.entries(partition.inputs ?? {})) {
    // The lake tables among the inputs that are assets too are answered for by their own row in the ledger, below.
    if (asset.upstream.includes(input) || typeof version !== 'number') continue
    if ((lakeChanges.get(input)?.get(date) ?? -1) > version) yield { reason: 'late_data', cause: input }
  }
  const changed = asset.upstream.find((upstream) => isNewer(known(upstream), partition))
  if (changed !== undefined) yield { reason: 'input_changed', cause: changed }
}

const isNewer = (upstream: KnownPartition | undefined, partition: KnownPartition): boolean =>
  upstream?.succeededAt != null && partition.inputsAt !== null && upstream.succeededAt > partition.inputsAt

/** What happened to a planned partition since it was planned. */
export interface LedgerMove {
  asset: string
  date: string
  plannedReason: WorkReason
  status: KnownPartition['status'] | 'removed'
  workflowId: string | null
}

/**
 * The planned partitions that somebody else has built, or begun to build, since the plan was made.
 *
 * @param ownWorkflowId the plan's own workflow: what that did is no surprise
 */
export function findMoves(
  planned: readonly Pick<Work, 'asset' | 'date' | 'reason' | 'ledgerRun'>[],
  partitions: readonly Pick<KnownPartition, 'asset' | 'date' | 'status' | 'run' | 'workflowId'>[],
  ownWorkflowId: string,
): LedgerMove[] {
  const byKey = new Map(partitions.map((partition) => [keyOf(partition.asset, partition.date), partition]))
  return planned.flatMap(({ asset, date, reason, ledgerRun }) => {
    const now = byKey.get(keyOf(asset, date))
    if ((now?.run ?? null) === ledgerRun || now?.workflowId === ownWorkflowId) return []
    return [
      { asset, date, plannedReason: reason, status: now?.status ?? 'removed', workflowId: now?.workflowId ?? null },
    ]
  })
}

/** Every day of a range, both ends included; YYYY-MM-DD. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = []
  for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${to}T00:00:00Z`); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10))
  }
  return days
}
