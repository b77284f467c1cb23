/** Which partitions need work, and why: pure, so that a plan can be made, printed and compared anywhere. */
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import type { LedgerPartition, WorkReason } from '../../platform/ledger.ts'

/** An asset as planning sees it. */
export interface AssetNode {
  name: string
  upstream: readonly string[]
  /** By upstream: the days before its own date that a partition reads too. */
  daysBefore?: Readonly<Record<string, number>>
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
  /** The run that the ledger has now; null when there is none. */
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
  /** Leaves what would follow from a rebuilt partition alone, unless it was asked for. What a partition lacks is planned all the same. */
  withoutDownstream?: boolean
}

type Need = Pick<Work, 'reason' | 'cause'>
type Known = (asset: string, date: string) => KnownPartition | undefined

/**
 * The partitions that need work, by date and, within it, in the order in which they are to be built. A partition that
 * reads the days before follows from theirs; so the dates after the range are looked at too, as far as anything was built.
 */
export function findWork(question: StalenessQuestion): Work[] {
  const byKey = new Map(question.partitions.map((partition) => [keyOf(partition.asset, partition.date), partition]))
  const known: Known = (asset, date) => byKey.get(keyOf(asset, date))
  const needs = new Map<string, Need>()
  const last = question.dates.at(-1) ?? ''
  const later = new Set(question.partitions.map(({ date }) => date).filter((date) => date > last))
  const isRequested = (asset: string, date: string) => question.requested.has(asset) && !later.has(date)
  return [...question.dates, ...[...later].sort()].flatMap((date) =>
    findWorkOfDate(question, date, known, isRequested, needs),
  )
}

export const keyOf = (asset: string, date: string): string => `${asset} ${date}`

/** How many days before a date an asset, or one of several, reads at most. */
export const daysBeforeMax = (assets: readonly Pick<AssetNode, 'daysBefore'>[]): number =>
  Math.max(0, ...assets.flatMap(({ daysBefore = {} }) => Object.values(daysBefore)))

/** Adds the date's needs to `needs`, which holds those of the dates before. */
function findWorkOfDate(
  question: StalenessQuestion,
  date: string,
  known: Known,
  isRequested: (asset: string, date: string) => boolean,
  needs: Map<string, Need>,
): Work[] {
  const { assets } = question
  const isNeeded = (asset: string, on = date) => needs.has(keyOf(asset, on))
  const add = (asset: string, need: Need) => needs.set(keyOf(asset, date), need)
  for (const asset of assets) {
    const need = isRequested(asset.name, date) ? ownNeed(question, asset, date, known) : undefined
    if (need) add(asset.name, need)
  }
  // Backwards, so that what an upstream lacks is found before the upstream itself is looked at.
  for (const asset of assets.toReversed()) {
    if (!isNeeded(asset.name)) continue
    for (const upstream of asset.upstream) {
      if (!isNeeded(upstream) && !known(upstream, date)?.succeededAt) add(upstream, { reason: 'missing', cause: null })
    }
  }
  // Forwards: whatever is made from a rebuilt partition is rebuilt too, if it was ever built or was asked for.
  for (const asset of assets) {
    const mayFollow = isRequested(asset.name, date) || (!question.withoutDownstream && known(asset.name, date))
    if (isNeeded(asset.name) || !mayFollow) continue
    const cause = asset.upstream.find((upstream) =>
      datesRead(asset, upstream, date).some((day) => isNeeded(upstream, day)),
    )
    if (cause !== undefined) add(asset.name, { reason: 'input_changed', cause })
  }
  return assets.flatMap(({ name }, position) => {
    const need = needs.get(keyOf(name, date))
    return need ? [{ asset: name, date, position, ...need, ledgerRun: known(name, date)?.run ?? null }] : []
  })
}

/** The dates of an upstream that a partition is made from. */
function datesRead({ daysBefore }: AssetNode, upstream: string, date: string): string[] {
  const days = daysBefore?.[upstream] ?? 0
  if (days === 0) return [date]
  return daysBetween(addDays(date, -days), date)
}

/** Why this partition needs work by itself, the gravest reason first; undefined when it does not. */
function ownNeed(question: StalenessQuestion, asset: AssetNode, date: string, known: Known): Need | undefined {
  for (const need of ownNeeds(question, asset, date, known)) {
    if (question.reasons === undefined || question.reasons.has(need.reason)) return need
  }
  return undefined
}

function* ownNeeds(
  { forced, lakeChanges }: StalenessQuestion,
  asset: AssetNode,
  date: string,
  known: Known,
): Generator<Need> {
  const partition = known(asset.name, date)
  if (partition?.status === 'failed' || partition?.isAbandoned) yield { reason: 'failed', cause: null }
  // It is being built at this moment.
  else if (partition?.status === 'running' && !forced) return
  if (forced) yield { reason: 'forced', cause: null }
  if (!partition?.succeededAt) return yield { reason: 'missing', cause: null }
  if (partition.codeVersion !== asset.codeVersion) yield { reason: 'code_changed', cause: null }
  for (const [input, version] of Object.entries(partition.inputs ?? {})) {
    // The lake tables among the inputs that are assets too are answered for by their own row in the ledger, below.
    if (asset.upstream.includes(input) || typeof version !== 'number') continue
    if ((lakeChanges.get(input)?.get(date) ?? -1) > version) yield { reason: 'late_data', cause: input }
  }
  const changed = asset.upstream.find((upstream) =>
    datesRead(asset, upstream, date).some((day) => isNewer(known(upstream, day), partition)),
  )
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
 * The planned partitions that another run has built, or begun to build, since the plan was made.
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
