/**
 * What each command prints with `--json`: the keys of its document, those of an entry where it is a list (`[]`), and with `?` those
 * that are not always there. A program may rely on them: `docs/commands.md` is made from this table, and a test runs every command.
 * Where a command prints what a service returns, its type has to have the same keys.
 */

import type { PredictionsAnswered } from '../contracts/predictions.ts'
import type { TableProfile } from '../platform/duckdb/profile.ts'
import type { Finding } from '../scripts/stack/doctor.ts'
import type { ServerStatus } from '../scripts/stack/stack.ts'
import type { AuditEntry } from '../services/access/audit.ts'
import type { CreatedToken } from '../services/access/tokens.ts'
import type { Alert } from '../services/alerts/alerts.ts'
import type { PartitionDetails } from '../services/backfill/ledger.ts'
import type { BackfillPlan } from '../services/backfill/plans.ts'
import type { QualityLimit, QualityReplay } from '../services/data-quality/learned.ts'
import type { QualityReport } from '../services/data-quality/report.ts'
import type { OverrideEffect } from '../services/forecasting/overrides.ts'
import type { Compaction, TableDetails, VacuumResult } from '../services/lake/tables.ts'
import type { Verification } from '../services/live-state/verification.ts'
import type { NotificationMessage } from '../services/notifications/messages.ts'
import type { SentTest } from '../services/notifications/routes.ts'
import type { MarkdownDetails } from '../services/pricing/markdowns.ts'
import type { PriceAnswer, PriceQuestion } from '../services/pricing/prices.ts'
import type { ErasureProgress } from '../services/privacy/erasure.ts'
import type { DecidedOrder } from '../services/purchase-orders/decisions.ts'
import type { ExplainedLine, Order } from '../services/purchase-orders/orders.ts'
import type { ModelVersion, VersionComparison } from '../services/registry/versions.ts'
import type { TraceNode } from '../services/replenishment/trace.ts'
import type { TransferDetails } from '../services/replenishment/transfers.ts'
import type { WhatIfAnswer } from '../services/replenishment/whatif.ts'
import type { ScheduleChange } from '../services/schedules/schedules.ts'
import type { SentInAvro } from '../services/schemas/schemas.ts'
import type { CdcDefinition } from '../services/sources/cdc-maps.ts'
import type { ConnectorDetails } from '../services/sources/connectors.ts'
import type { AddedDevice, KnownDevice } from '../services/sources/devices.ts'
import type { CountedFeed } from '../services/sources/feeds.ts'
import type { ReceiverAnswer } from '../services/sources/sending.ts'
import type { AddedSource, EventSource } from '../services/sources/sources.ts'
import type { Status } from '../services/status/status.ts'
import type { DeadLetters, WholeLetter } from '../services/streams/dead-letters.ts'
import type { Outbox, UnsentMessage } from '../services/streams/outbox.ts'
import type { PausedProcessors, Streams } from '../services/streams/streams.ts'
import type { AgentStatus } from '../sources/agent/process.ts'
import type { SimulationResult } from '../sources/simulation/simulate.ts'

/** The keys that a text names. */
type Named<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? Named<First> | Named<Rest>
  : Text extends `${infer Key}?`
    ? Key
    : Text

/** The text as it is; one that lacks a key of the document, or has another, does not compile. */
const keysOf =
  <Document>() =>
  <const Text extends string>(
    text: [Named<Text>, keyof Document] extends [keyof Document, Named<Text>] ? Text : never,
  ): Text =>
    text

const DAY_RUN = 'workflowId date partitions rows warnings assets'
const PLAN = keysOf<BackfillPlan>()(
  'plan assets from to forced failedOnly status plannedAt appliedAt finishedAt cells succeeded failed estimatedRows estimatedBytes estimatedMs cellsWithoutEstimate',
)
const PLAN_ACTION = 'plan action'
const DECISION = keysOf<DecidedOrder>()('purchaseOrderId status revision message')
const ERASURE = keysOf<ErasureProgress>()('erasureId askedAt askedBy why finishedAt kafkaUntil found proof waitsFor')
const SCHEDULE = keysOf<ScheduleChange>()('schedule action')
const CHAMPION = 'model version reason'
const FINDING = keysOf<Finding>()('name state version? where? fix?')

const SOURCE =
  'sourceId topic map scheme header url toleranceSeconds bodyBytesMax bodyEventsMax depthMax eventsPerSecond isStrict mqttFilter changedBy updatedAt previousUntil'
const EVENT_SOURCE = keysOf<EventSource>()(SOURCE)
const ADDED_SOURCE = keysOf<AddedSource>()(`${SOURCE} secret`)

const DEVICE =
  'deviceId storeId sourceIds sensor shelfId previousUntil changedBy updatedAt status connectedAt statusAt isSilent reason reported reportedTopic reportedAt'
const KNOWN_DEVICE = keysOf<KnownDevice>()(DEVICE)
const ADDED_DEVICE = keysOf<AddedDevice>()(`${DEVICE} password`)

const CDC_MAP = keysOf<CdcDefinition>()(
  'mapId generation from topic map changedBy updatedAt position messages events rejected changedAt problem',
)

const FEED = keysOf<CountedFeed>()(
  'feedId place api topic map rejectsMax bytesMax changedBy updatedAt filesSent filesSetAside filesTaking newestAt',
)

const CONNECTOR = keysOf<ConnectorDetails>()('name type class state tasks problem config findings')

const documents: Record<string, string> = {
  'stack up':
    'version startedAt pid? mode postgres kafka objectStore temporal monitoring? connect? registry? spark? caFile? clientCertificateFile? clientKeyFile? httpsCertificateFile? httpsKeyFile?',
  'stack down': 'stopped',
  'stack status': `[] ${keysOf<ServerStatus>()('name title state address pid? since? log? memoryBytes? problem?')}`,
  'stack reset': 'removed',
  'stack prepare': '[] item problem?',
  doctor: `[] ${FINDING}`,
  migrate: 'applied',
  'topics apply': 'topics',
  'topics list': 'topics',
  replay: 'dataset from to stores completed sent events seconds eventsPerSecond',
  import:
    'rows repeated rejected rejectedByProblem examples maxRejects isRefused sent dryRun completed milliseconds preview?',
  simulate: keysOf<SimulationResult>()(
    'run completed from until overlapsUntil? messages decisions deadLetters jobFailures midnights? purchasing? withShelfline withoutShelfline scores? truth milliseconds',
  ),
  'streams status': keysOf<Streams>()('processors partitions missingTopics problems'),
  'streams lag': 'lags',
  'streams pause': keysOf<PausedProcessors>()('changed paused'),
  'streams resume': keysOf<PausedProcessors>()('changed paused'),
  'streams skip': 'skipped',
  'streams skips': 'skips',
  'streams accept-loss': 'accepted',
  'streams accept-log': 'accepted',
  'state verify': keysOf<Verification>()('isEqual tables examples conflictingIds gaps'),
  'dlq list': keysOf<DeadLetters>()('letters total next'),
  'dlq show': keysOf<WholeLetter>()(
    'letterId origin topic partition offset reason error status attempts payloadBytes payloadSha256 isCut readPartition readOffset logBase headers knownAt createdAt updatedAt settledBy settledWhy key payload',
  ),
  'dlq replay': 'replayed? refused? dryRun? matching? letters?',
  'dlq discard': 'discarded? dryRun? matching? letters?',
  'lake list': 'tables',
  'lake show': keysOf<TableDetails>()('table version partitions files rows bytes partitionColumns columns'),
  'lake history': 'table history',
  'lake compact': keysOf<Compaction & { table: string }>()(
    'table dryRun version? filesRemoved filesAdded bytesRemoved bytesAdded lostPartitions',
  ),
  'lake vacuum': keysOf<VacuumResult & { table: string; dryRun: boolean }>()(
    'table dryRun files bytes names logEntries',
  ),
  'lake profile': keysOf<TableProfile & { table: string }>()('table rowsSampled rows columns'),
  'schedules apply': 'schedules',
  'schedules list': 'schedules',
  'schedules pause': SCHEDULE,
  'schedules resume': SCHEDULE,
  'schedules run': SCHEDULE,
  'run daily-etl': DAY_RUN,
  'run feature-engineering': DAY_RUN,
  'run train-models': DAY_RUN,
  'run batch-prediction': DAY_RUN,
  'backfill plan': `${PLAN} unbuilt`,
  'backfill run': PLAN,
  'backfill apply': PLAN,
  'backfill status': PLAN,
  'backfill set': PLAN_ACTION,
  'backfill pause': PLAN_ACTION,
  'backfill resume': PLAN_ACTION,
  'backfill cancel': PLAN_ACTION,
  'backfill list': 'plans next',
  ledger: 'partitions',
  'ledger show': keysOf<PartitionDetails>()('asset date partition runs checks upstream downstream'),
  'ledger drop': 'dryRun partitions laterReaders',
  'ledger sums': 'sums',
  'models list': 'versions',
  'models show': keysOf<ModelVersion>()(
    'model version createdAt trainedFrom trainedThrough artefact codeVersion seed parameters inputs trainingRows durationMs workflowId decision metrics',
  ),
  'models compare': keysOf<VersionComparison>()('versions metrics'),
  'models card': 'model version out content?',
  'models promote': CHAMPION,
  'models rollback': CHAMPION,
  'models history': 'champion? changes?',
  'forecast evaluate': 'file notes series days windows forecasts parts seconds peakMegabytes',
  'forecast run': 'file notes from through rows out',
  'forecast plan': 'file notes from through weeks',
  'forecasts predict': keysOf<PredictionsAnswered>()('forecasts'),
  'forecasts override': keysOf<OverrideEffect & { dryRun: boolean }>()('overrideId productName days dryRun'),
  'forecasts overrides': 'overrides next',
  'forecasts withdraw': 'override isChanged',
  status: keysOf<Status>()('workers streams openDeadLetters assets waiting unsent'),
  'quality report': keysOf<QualityReport>()('asset date run checks profile'),
  'quality limits': 'limits',
  'quality limit': keysOf<QualityLimit>()('measure scoreMax changeMin isShare daysMin meaning changedBy why'),
  'quality replay': keysOf<QualityReplay>()('from to days measures'),
  'alerts list': 'alerts total next',
  'alerts show': keysOf<Alert>()(
    'alert_id alert_type meaning store_id store product_id product severity impact currency message evidence recommended_quantity members first_seen last_seen status status_by status_why snoozed_until resolved_at time_zone actions',
  ),
  'alerts ack': 'alerts',
  'alerts snooze': 'alerts',
  'alerts resolve': 'alerts',
  'alerts tag': 'incident_id',
  'orders plan':
    'workflowId date locations ordersStarted orders lines value statuses cancelled transfers skipped examples',
  'orders list': 'orders next',
  'orders show': keysOf<Order>()(
    'purchaseOrderId supplierId supplierName locationId reviewDate status currency totalValue expectedOn createdAt updatedAt revision expiresAt risks approvalRole approvalsNeeded lineCount lines actions sending retries',
  ),
  'orders explain': keysOf<ExplainedLine>()(
    'purchaseOrderId lineNo productId quantity proposedQuantity currency explanation',
  ),
  'orders approve': DECISION,
  'orders deny': DECISION,
  'orders cancel': DECISION,
  'orders resend': DECISION,
  'orders delegate': DECISION,
  'orders edit': DECISION,
  'orders approvals': 'waiting approvers',
  'orders approver': 'person changed',
  'orders transfers list': 'transfers next',
  'orders transfers show': keysOf<TransferDetails>()(
    'transferId reviewDate productId from to state quantity shippedQuantity gain currency goodUntil explanation createdAt expiresAt decidedBy decidedAt reasonCode reason shippedAt arrivesAt closedAt mayDecide lots',
  ),
  'orders transfers approve': 'transferId state decidedBy',
  'orders transfers deny': 'transferId state decidedBy',
  'orders transfers lane': 'from to changed',
  'orders transfers lanes': 'lanes',
  'outbox list': keysOf<Outbox>()('waiting messages total next'),
  'outbox show': keysOf<UnsentMessage & { payload: string | null }>()(
    'id relay topic key letterId bytes reason error status attempts firstFailedAt lastFailedAt settledAt settledBy settledWhy payload',
  ),
  'outbox retry': 'retrying? superseded? dryRun? matching? messages?',
  'outbox discard': 'discarded? dryRun? matching? messages?',
  'prices elasticities': 'elasticities next',
  'prices whatif': keysOf<PriceQuestion & PriceAnswer>()(
    'store product price isPromotion? productName currency listPrice priceNow unitCost isCostAssumed elasticity elasticityOf error present asked best markdowns',
  ),
  'prices markdowns': 'markdowns next',
  'prices markdown': keysOf<MarkdownDetails>()(
    'day store product productName percent bestPercent state nearUnits lastExpiresOn plannedAt explanation decidedBy decidedAt decidedWhy mayDecide',
  ),
  'prices clearance': 'by clearance next',
  'prices approve': 'store product day state percent decidedBy',
  'prices deny': 'store product day state percent decidedBy',
  whatif: keysOf<WhatIfAnswer & { change: unknown }>()('change date locations closed suppliers'),
  trace: keysOf<TraceNode>()('kind name facts from'),
  'policy get': 'kind place? category? product? values',
  'policy set': 'kind place? category? product? values dryRun?',
  'policy history': 'versions next',
  'backtest orders': 'from to assumptions stores series withTerms censoredDays segments',
  'agent status': keysOf<AgentStatus>()('agentId unsentEvents unsentBytes fullSince sources totals'),
  'sources add': ADDED_SOURCE,
  'sources set': EVENT_SOURCE,
  'sources list': 'sources',
  'sources show': EVENT_SOURCE,
  'sources rotate': ADDED_SOURCE,
  'sources send': keysOf<ReceiverAnswer>()('status answer'),
  'sources reconcile': 'days',
  'sources remove': 'removed',
  'payments unpaid': 'items total',
  'payments refunds': 'items total',
  'payments charge-backs': 'items total',
  'cdc add': CDC_MAP,
  'cdc set': CDC_MAP,
  'cdc list': 'maps',
  'cdc show': CDC_MAP,
  'cdc restart': CDC_MAP,
  'cdc remove': 'removed',
  'devices add': ADDED_DEVICE,
  'devices set': KNOWN_DEVICE,
  'devices list': 'devices',
  'devices show': KNOWN_DEVICE,
  'devices rotate': ADDED_DEVICE,
  'devices send': 'sent',
  'devices remove': 'removed',
  'feeds add': FEED,
  'feeds set': FEED,
  'feeds list': 'feeds',
  'feeds show': FEED,
  'feeds files': 'files',
  'feeds remove': 'removed',
  'schemas check': 'schemas',
  'schemas publish': 'schemas',
  'schemas send': keysOf<SentInAvro>()('topic subject id edge sent'),
  'connectors list': 'connectors',
  'connectors show': CONNECTOR,
  'connectors apply': 'name config state? type? class? tasks? problem? findings?',
  'connectors pause': CONNECTOR,
  'connectors resume': CONNECTOR,
  'connectors restart': CONNECTOR,
  'connectors offsets': 'offsets',
  'connectors remove': 'removed',
  'notify routes': 'routes',
  'notify set': 'routes',
  'notify remove': 'removed messages dryRun?',
  'notify test': keysOf<SentTest>()('route notificationId status'),
  'notify list': 'messages next',
  'notify show': keysOf<NotificationMessage>()(
    'notificationId route status attempts createdAt nextAttemptAt lastError notice subject text',
  ),
  'notify retry': 'retried',
  'access grant': 'access password?',
  'access revoke': 'access dryRun?',
  'access list': 'access',
  'access user add': 'person role password',
  'access user list': 'people',
  'access user password': 'person password',
  'access user role': 'person role',
  'access user disable': 'person isDisabled',
  'access user enable': 'person isDisabled',
  'access map': 'user person',
  'access unmap': 'user',
  'access mapped': 'users',
  'access token create': keysOf<CreatedToken>()('tokenId token person expiresAt'),
  'access token list': 'tokens',
  'access token revoke': 'token isChanged',
  'orders endpoints': 'suppliers',
  'orders confirm-endpoint': 'supplier endpoint',
  'audit list': 'entries next',
  'audit show': keysOf<AuditEntry>()(
    'auditId position at login person proof via address request action object objectId before after',
  ),
  'privacy list': 'erasures',
  'privacy convert': 'changed',
  'privacy erase': ERASURE,
  'privacy finish': ERASURE,
  'audit verify': 'isWhole entries hash brokenAt problem',
  'power-bi generate': 'folder files',
  login: 'person address expiresAt',
  logout: 'person isRevoked',
  whoami: 'person proof address expiresAt',
}

export interface JsonDocument {
  isList: boolean
  always: string[]
  sometimes: string[]
}

export const jsonDocuments: ReadonlyMap<string, JsonDocument> = new Map(
  Object.entries(documents).map(([command, text]) => {
    const keys = text.split(' ').filter((key) => key !== '[]')
    const [sometimes, always] = [keys.filter((key) => key.endsWith('?')), keys.filter((key) => !key.endsWith('?'))]
    return [command, { isList: text.startsWith('[]'), always, sometimes: sometimes.map((key) => key.slice(0, -1)) }]
  }),
)
