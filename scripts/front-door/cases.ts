/**
 * How each command is tried as a process: an example of its help, the same or another with `--json`, and a wrong use. A command
 * without a case fails the test.
 */

export interface Case {
  /** Replaced in the help's first example, so that each command has objects of its own. */
  swap?: readonly [from: string, to: string]
  /** The same for the run with `--json`, where the first run leaves nothing to do. */
  swapJson?: readonly [from: string, to: string]
  /** Which of the help's examples, from 0. */
  example?: number
  /** What the example prints. */
  shows: RegExp
  /** What follows the command's name in a wrong use. */
  wrong: string
  /** Cases of one group run one after the other, in this order. */
  group?: string
  /** Why its example is not run here. */
  elsewhere?: string
}

/** A plan of its own: one that was made before another has run is out of date. */
const NEW_PLAN =
  "$(./shelfline backfill plan --assets fact_sales --force --from DAY --to DAY | tail -n 1 | cut -d ' ' -f 4)"

const NEW_TOKEN =
  '$(./shelfline access token create short --person mario --scope read --json | sed -n \'s/.*"tokenId": "\\(.*\\)".*/\\1/p\')'

const order = (day: string, json: string) =>
  ({ swap: ['20170301', day], swapJson: ['20170301', json], group: `orders ${day}` }) as const

export const cases: Record<string, Case> = {
  'stack up': { shows: /PostgreSQL .*Kafka .*MinIO .*Temporal /s, wrong: '--free-ports=yes', group: 'stack' },
  'stack down': { swap: ['down', 'down --home nowhere'], shows: /nothing was running in/, wrong: '--now' },
  'stack status': { shows: /"state": "running"/, wrong: 'kafka' },
  'stack reset': { swap: ['--yes', '--yes --home nowhere'], shows: /all data in nowhere deleted/, wrong: '' },
  'stack prepare': { shows: /^$/, wrong: 'kafka', group: 'stack' },
  doctor: {
    swapJson: [' --prepare', ''],
    shows: /Everything that is required is installed/,
    wrong: 'kafka',
    group: 'stack',
  },
  migrate: { shows: /the schema is up to date/, wrong: '--to 1' },
  'topics apply': { shows: /pos_transactions .* 8 /, wrong: '--partitions pos_transactions', group: 'topics' },
  'topics list': { shows: /pos_transactions /, wrong: 'pos_transactions' },
  replay: { shows: /complete-journey, 2017-03-01 to 2017-03-01, 1 stores/, wrong: 'nonsense', group: 'streams' },
  import: { shows: /12 rows read, 4 rejected/, wrong: 'data/examples/till.csv --map nowhere.yaml' },
  simulate: {
    swapJson: ['--seed 1', '--seed 2'],
    shows: /every shelf agreed with the truth/,
    wrong: '--days 0',
    group: 'streams',
  },
  'worker stream': { shows: /^/, wrong: '--processors nonsense', elsewhere: './scripts/run has started it' },
  'worker web': { shows: /^/, wrong: 'nonsense', elsewhere: './scripts/run has started it' },
  'worker receive': { shows: /^/, wrong: 'nonsense', elsewhere: 'sources/receive/receiver.server.test.ts' },
  'agent run': { shows: /^/, wrong: 'nonsense', elsewhere: 'sources/agent/agent.test.ts' },
  'agent status': { shows: /^/, wrong: 'nonsense', elsewhere: 'it needs an agent: sources/agent/agent.test.ts' },
  'sources add': {
    swap: ['add tills', 'add tills-text'],
    swapJson: ['add tills', 'add tills'],
    shows: /Its sender signs with whsec_/,
    wrong: 'Tills --topic pos_transactions',
    group: 'sources',
  },
  'sources set': { shows: /events a second .* 2000/, wrong: 'nonsense --rate 2000', group: 'sources' },
  'sources list': { shows: /tills .* pos_transactions/, wrong: 'tills', group: 'sources' },
  'sources show': { shows: /ingest\/v1\/tills/, wrong: 'nonsense', group: 'sources' },
  'sources rotate': { shows: /The secret before is valid until/, wrong: 'nonsense', group: 'sources' },
  'sources reconcile': { shows: /Every till is equal, or there is none/, wrong: '--from 2017-03-07 --to 2017-03-01' },
  'sources send': {
    shows: /^/,
    wrong: 'nonsense data/examples/shop.jsonl',
    elsewhere: 'it needs a receiver: cli/sources.server.test.ts',
  },
  'sources remove': {
    swap: ['remove tills', 'remove tills-text'],
    shows: /tills-text is removed/,
    wrong: 'nonsense',
    group: 'sources',
  },
  'worker batch': { shows: /^/, wrong: 'nonsense', elsewhere: './scripts/run has started it' },
  'streams status': { shows: /sales_state .* running /, wrong: 'sales_state' },
  'streams lag': { shows: /"processor": "sales_state"/, wrong: 'sales_state' },
  'streams pause': {
    swap: ['sales_state', 'anomaly_scores'],
    shows: /paused: anomaly_scores/,
    wrong: '',
    group: 'pause',
  },
  'streams resume': {
    swap: ['sales_state', 'anomaly_scores'],
    shows: /no processor is paused/,
    wrong: 'nonsense',
    group: 'pause',
  },
  'streams skip': {
    swap: ['@1234', '@0'],
    shows: /^/,
    wrong: "sales_state nowhere --why 'x'",
    elsewhere: 'streams/runtime/hostile-messages.server.test.ts has a message that nothing else passes',
  },
  'streams skips': { shows: /no message was skipped/, wrong: 'sales_state' },
  'streams accept-loss': { shows: /no partition has stopped/, wrong: 'sales_state' },
  'streams accept-log': { shows: /there is nothing to accept/, wrong: 'nonsense --why x' },
  'state verify': { shows: /state.stock: [\d,]+ rows compared, 0 different/, wrong: '--store', group: 'streams' },
  'dlq list': { shows: /no open dead letters match/, wrong: '--topic nonsense' },
  'dlq show': { shows: /future_event/, wrong: 'twelve' },
  'dlq replay': {
    swap: ['12', '16'],
    swapJson: ['12', '17'],
    shows: /1 sent again/,
    wrong: '',
  },
  'dlq discard': { shows: /would be discarded; nothing was done/, wrong: '' },
  'outbox list': { shows: /purchase_orders/, wrong: '--limit none' },
  'outbox show': { shows: /purchase_orders/, wrong: 'twelve' },
  'outbox retry': { swap: ['12 13', '14'], swapJson: ['12 13', '15'], shows: /1 will be sent again/, wrong: 'twelve' },
  'outbox discard': { swap: ['12', '16'], swapJson: ['12', '17'], shows: /1 discarded/, wrong: 'twelve --why x' },
  'lake list': { shows: /raw\/pos_transactions/, wrong: 'raw' },
  'lake show': { swap: ['2024-05-01T08:00:00Z', '2999-01-01'], shows: /store_id/, wrong: 'nonsense/nowhere' },
  'lake history': { shows: /WRITE Append/, wrong: 'raw/pos_transactions --limit none' },
  'lake compact': { shows: /raw\/pos_transactions/, wrong: 'raw/pos_transactions --date today' },
  'lake vacuum': { shows: /would be deleted/, wrong: 'raw/pos_transactions --retention-hours -1' },
  'lake scan': { shows: /store_id/, wrong: 'cleansed/sales --format nonsense' },
  'lake profile': { shows: /quantity/, wrong: 'nonsense/nowhere' },
  'schedules apply': { shows: /daily-etl/, wrong: 'daily-etl', group: 'schedules' },
  'schedules list': { shows: /daily-etl .*UTC/, wrong: 'daily-etl' },
  'schedules pause': { shows: /daily-etl (paused|had this state before)/, wrong: 'nonsense', group: 'schedules' },
  'schedules resume': { shows: /daily-etl (resumed|had this state before)/, wrong: 'nonsense', group: 'schedules' },
  'schedules run': { shows: /repair-late started/, wrong: 'nonsense', group: 'schedules' },
  'run daily-etl': {
    swap: ['2017-03-01', 'DAY'],
    shows: /fact_sales .* succeeded/,
    wrong: '--date today',
    group: 'build',
  },
  'run feature-engineering': {
    swap: ['2017-03-01', 'DAY'],
    shows: /features\/demand .* succeeded/,
    wrong: '--date today',
    group: 'build',
  },
  'run train-models': { swap: ['2017-03-01', 'DAY'], shows: /skipped: /, wrong: '--date today', group: 'build' },
  'run batch-prediction': {
    swap: ['2017-03-01', 'DAY'],
    shows: /fact_forecast .* succeeded/,
    wrong: '--date today',
    group: 'build',
  },
  'backfill plan': {
    swap: ['--assets all --from 2017-03-01 --to 2017-03-31', '--assets fact_sales --force --from DAY --to DAY'],
    shows: /shelfline backfill apply /,
    wrong: '--assets nonsense --from 2017-01-01 --to 2017-01-02',
    group: 'build',
  },
  'backfill run': {
    swap: ['--assets all --from 2017-03-01 --to 2017-03-31', '--assets fact_sales --force --from DAY --to DAY'],
    shows: /partitions built, 0 failed/,
    wrong: '--assets all --from 2017-01-02 --to 2017-01-01',
    group: 'build',
  },
  'backfill apply': { swap: ['20240501-093042-3f9a', NEW_PLAN], shows: /0 failed/, wrong: 'nonsense', group: 'build' },
  'backfill status': { swap: [' --watch', ''], shows: /0 of 1 partitions done/, wrong: 'nonsense', group: 'backfill' },
  'backfill set': { shows: /concurrency 4/, wrong: '20240501-093042-3f9a --concurrency 0', group: 'backfill' },
  'backfill pause': { shows: /paused/, wrong: 'nonsense', group: 'backfill' },
  'backfill resume': { swap: [' --wait', ''], shows: /resumed/, wrong: 'nonsense', group: 'backfill' },
  'backfill cancel': {
    swapJson: ['20240501', '20240502'],
    shows: /is being cancelled/,
    wrong: 'nonsense',
    group: 'backfill',
  },
  'backfill list': { shows: /20240501-093042-3f9a/, wrong: 'nonsense' },
  'ledger show': {
    swap: ['2017-03-01', 'DAY'],
    shows: /fact_sales .*succeeded, run/,
    wrong: 'nonsense 2017-03-01',
    group: 'build',
  },
  'ledger drop': { shows: /nothing to remove/, wrong: 'all --from 2030-01-01 --to 2030-01-01' },
  ledger: { swap: ['2017-03-01 --to 2017-03-31', 'DAY --to DAY'], shows: /fact_sales +s/, wrong: '--from today' },
  'models list': { shows: /demand@1 promoted/, wrong: '--limit none' },
  'models show': { shows: /demand@3/, wrong: 'demand@9' },
  'models compare': { shows: /wape/, wrong: 'demand@1 other@1' },
  'models card': { shows: /demand@3: demand-3\.html/, wrong: 'demand@1 --out card.pdf' },
  'models promote': {
    swapJson: ['demand@3', 'demand@4'],
    shows: /demand@3 is champion/,
    wrong: 'demand@9 --why x',
    group: 'models',
  },
  'models rollback': { shows: /is champion/, wrong: 'nonsense', group: 'models' },
  'models history': { shows: /demand had no champion at 2024-05-01/, wrong: 'demand --at yesterday' },
  'forecast evaluate': { shows: /seasonal naive/, wrong: 'nowhere.csv --map nowhere.yaml' },
  'forecast run': {
    shows: /forecasts from .*: forecast\.csv/,
    wrong: 'nowhere.csv --map nowhere.yaml --out forecast.pdf',
  },
  'forecasts override': {
    swap: ['2026-12-05 --to 2026-12-06', '$(date -d +5days +%F) --to $(date -d +6days +%F)'],
    swapJson: ['2026-12-05 --to 2026-12-06', '$(date -d +7days +%F) --to $(date -d +8days +%F)'],
    shows: /Override \d+ of the forecast of milk in store 367/,
    wrong: '367 milk --from 2026-12-06 --to 2026-12-05 --factor 2 --why x',
    group: 'overrides',
  },
  'forecasts overrides': { shows: /street festival/, wrong: '--state nonsense', group: 'overrides' },
  'forecasts withdraw': {
    swap: ['12', '1'],
    swapJson: ['12', '2'],
    shows: /Override 1 is withdrawn/,
    wrong: 'twelve --why x',
    group: 'overrides',
  },
  status: { shows: /Workers.*Events.*Assets/s, wrong: 'kafka' },
  'alerts list': { shows: /Milk is sold out/, wrong: '--severity bad' },
  'alerts show': { shows: /Evidence/, wrong: '999999' },
  'alerts ack': { swap: ['12 13', '12'], swapJson: ['12 13', '13'], shows: /12 acknowledged/, wrong: 'twelve --why x' },
  'alerts snooze': { swap: ['12 13', '15'], swapJson: ['12 13', '16'], shows: /15 snoozed/, wrong: '15 --why x' },
  'alerts resolve': {
    swap: ['12 13', '17'],
    swapJson: ['12 13', '18'],
    shows: /17 resolved/,
    wrong: 'twelve --why x',
  },
  'alerts tag': { shows: /Incident \d+ recorded/, wrong: '--from today --until tomorrow --why x' },
  'orders plan': { shows: /2017-03-01: \d+ orders? with/, wrong: '--date today' },
  'orders list': { shows: /PO-dairy-W1-/, wrong: '--status nonsense' },
  'orders show': { shows: /milk/, wrong: 'nonsense' },
  'orders explain': { shows: /Steps to the quantity/, wrong: 'nonsense' },
  'orders approve': { ...order('20170303', '20170304'), shows: /./, wrong: 'nonsense' },
  'orders deny': { ...order('20170305', '20170306'), shows: /./, wrong: 'nonsense' },
  'orders cancel': { ...order('20170307', '20170308'), shows: /./, wrong: 'nonsense' },
  'orders resend': {
    shows: /^/,
    wrong: 'nonsense',
    elsewhere: 'workflows/purchase-orders/purchase-order.server.test.ts has a supplier that refuses',
  },
  'orders delegate': { ...order('20170309', '20170310'), shows: /./, wrong: 'nonsense --to bob' },
  'orders edit': {
    swap: ['20170301/2', '20170311/1'],
    swapJson: ['20170301/2', '20170312/1'],
    shows: /./,
    wrong: 'PO-dairy-W1-20170311 --quantity 24 --reason-code promotion',
  },
  'orders approvals': { shows: /bob/, wrong: 'nonsense' },
  'orders approver': { shows: /ann may approve as buyer for W1/, wrong: 'ann' },
  'orders transfers list': { shows: /TR-/, wrong: '--state nonsense' },
  'orders transfers show': { shows: /milk/, wrong: 'nonsense' },
  'orders transfers approve': { shows: /is approved/, wrong: '' },
  'orders transfers deny': { swap: ['TR-milk', 'TR-tea'], shows: /is denied/, wrong: 'TR-tea-W2-W1-20170301' },
  'orders transfers lane': { shows: /Lane from W2 to W1 set/, wrong: '--from W1 --to W1 --cost 1' },
  'orders transfers lanes': { shows: /./, wrong: 'nonsense' },
  whatif: { shows: /./, wrong: '' },
  trace: { shows: /PO-dairy-W1-20170301/, wrong: 'nonsense' },
  'policy get': { shows: /restock/, wrong: '' },
  'policy set': { shows: /near.expiry.days/, wrong: 'shelf --near-expiry-days soon --why x', group: 'policy' },
  'policy history': { shows: /waste in May/, wrong: 'nonsense', group: 'policy' },
  'backtest orders': {
    swap: ['2017-07-01 --to 2017-12-31', '2017-01-01 --to DAY'],
    shows: /Intervals contain/,
    wrong: '--from 2017-01-01 --to 2017-01-02 --policy nonsense',
  },
  'notify routes': { shows: /maria/, wrong: 'nonsense' },
  'notify set': { swap: ['set maria', 'set nina'], shows: /nina/, wrong: 'nina --channel pigeon', group: 'notify' },
  'notify test': { shows: /maria: accepted/, wrong: 'nonsense', group: 'notify' },
  'notify list': { shows: /refused/, wrong: '--status nonsense' },
  'notify show': { shows: /./, wrong: 'zz' },
  'notify retry': {
    swap: ['5f0c 77aa', '5f0c'],
    swapJson: ['5f0c 77aa', '77aa'],
    shows: /1 message will be sent/,
    wrong: 'zz',
  },
  'notify remove': {
    swap: ['maria', 'nina'],
    swapJson: ['maria', 'buying'],
    shows: /removed/,
    wrong: 'nonsense',
    group: 'notify',
  },
  'power-bi generate': {
    swap: ['--out powerbi', '--out of-text'],
    swapJson: ['--out powerbi', '--out of-json'],
    shows: /wrote \d+ files to of-text/,
    wrong: 'nowhere',
  },
  'access grant': { shows: /maria .* 367/, wrong: 'maria --store nowhere', group: 'access' },
  'access revoke': {
    swapJson: ['--store 406', '--store 367'],
    shows: /maria/,
    wrong: '',
    group: 'access',
  },
  'access list': { shows: /./, wrong: '--all', group: 'access' },
  'access user add': {
    swap: ['maria', 'mara'],
    swapJson: ['maria', 'mario'],
    shows: /mara may sign in as store manager/,
    wrong: 'Maria --role buyer',
    group: 'people',
  },
  'access user list': { shows: /store_manager/, wrong: '--all', group: 'people' },
  'access user password': { swap: ['maria', 'mario'], shows: /new password/, wrong: 'nobody', group: 'people' },
  'access user role': {
    swap: ['maria', 'mario'],
    swapJson: ['maria', 'mario'],
    shows: /mario is regional manager now/,
    wrong: 'maria king',
    group: 'people',
  },
  'access user disable': { swap: ['maria', 'mario'], shows: /signed out/, wrong: 'nobody', group: 'people' },
  'access user enable': { swap: ['maria', 'mario'], shows: /again/, wrong: 'nobody', group: 'people' },
  'access token create': {
    swap: ['maria', 'mario'],
    swapJson: ['maria', 'mario'],
    shows: /acts as mario/,
    wrong: 'x',
    group: 'people',
  },
  'access token list': { shows: /reports .* mario/, wrong: '--all', group: 'people' },
  'access token revoke': {
    swap: ['3f9a1c0b7d2e', NEW_TOKEN],
    swapJson: ['3f9a1c0b7d2e', NEW_TOKEN],
    shows: /can no longer be used/,
    wrong: 'nonsense',
    group: 'people',
  },
  login: {
    shows: /^/,
    wrong: '--address nowhere',
    elsewhere: 'cli/login.server.test.ts has a person who confirms the code',
  },
  logout: { shows: /No one is signed in/, wrong: '--all' },
  whoami: { shows: /the user of this machine/, wrong: '--all' },
}
