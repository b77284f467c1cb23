import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { defaultLimits, EARLIEST_DAY } from '../../contracts/limits.ts'
import { isTimeZone } from '../../contracts/time-zones.ts'
import { protectSecrets } from '../redact.ts'
import { certificateFile, postgresAddress, privateKeyFile, refusals, saslMechanisms } from './encryption.ts'

/** The version of XGBoost whose shared library set-up fetches, and whose model files are read and written. */
export const XGBOOST_VERSION = '3.2.0'

/** How a setting's text becomes a value; a parser throws a sentence about what it requires. */
type Parser<Value> = (text: string) => Value

interface Definition<Value> {
  environment: string
  parse: Parser<Value>
  description: string
  /** What counts when neither the environment nor a running instance gives a value. */
  default: Value
  /** Where a running instance has it, as a path into its `instance.json`. */
  instance?: string
  secret?: boolean
}

const define = <Value>(definition: Definition<Value>) => definition

const text: Parser<string> = (value) => value
const timeZone: Parser<string> = (value) => {
  if (!isTimeZone(value)) throw new Error('is not UTC or an IANA time zone with its area, such as Europe/London')
  return value
}
const list: Parser<readonly string[]> = (value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const integerBetween =
  (minimum: number, maximum: number): Parser<number> =>
  (value) => {
    const number = Number(value)
    if (!Number.isInteger(number) || number < minimum || number > maximum) {
      throw new Error(`is not a whole number from ${minimum} to ${maximum}`)
    }
    return number
  }

const url =
  (...protocols: string[]): Parser<string> =>
  (value) => {
    const protocol = URL.canParse(value) ? new URL(value).protocol : ''
    if (!protocols.includes(protocol)) throw new Error(`is not a URL that begins with ${protocols.join(' or ')}//`)
    return value
  }

const oneOf =
  <const Values extends readonly string[]>(...values: Values): Parser<Values[number]> =>
  (value) => {
    if (!values.includes(value)) throw new Error(`is not one of ${values.join(', ')}`)
    return value
  }

const port = integerBetween(0, 65_535)

const uuid: Parser<string> = (value) => {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) {
    throw new Error('is not an id such as 0f8fad5b-d9cb-469f-a165-70867728950e')
  }
  return value.toLowerCase()
}

/** A day of the calendar, `2000-01-01`. */
const dayBetween =
  (first: string, last: string): Parser<string> =>
  (value) => {
    const instant = new Date(`${value}T00:00:00Z`)
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(instant.getTime())
    if (!isDay || !instant.toISOString().startsWith(value) || value < first || value > last) {
      throw new Error(`is not a day (YYYY-MM-DD) from ${first} to ${last}`)
    }
    return value
  }

/** `pos_transactions=8,foot_traffic=2`: whole numbers by name. */
const countsByName =
  (minimum: number, maximum: number): Parser<Readonly<Record<string, number>>> =>
  (value) => {
    const count = integerBetween(minimum, maximum)
    return Object.fromEntries(
      list(value).map((pair) => {
        const [name, number, ...rest] = pair.split('=').map((part) => part.trim())
        if (!name || !number || rest.length > 0) throw new Error(`has "${pair}" where name=number was expected`)
        return [name, count(number)]
      }),
    )
  }

/** `sales=buyer,it=administrator`: texts by name. */
const textsByName: Parser<Readonly<Record<string, string>>> = (value) =>
  Object.fromEntries(
    list(value).map((pair) => {
      const [name, text, ...rest] = pair.split('=').map((part) => part.trim())
      if (!name || !text || rest.length > 0) throw new Error(`has "${pair}" where name=text was expected`)
      return [name, text]
    }),
  )

/** The content of a file that only its reader may know. */
const secretFile: Parser<string> = (path) => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new Error(`names a file that can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Standard Webhooks requires at least this many. */
const SECRET_BYTES_MIN = 24
/** While a receiver changes from one to the other. */
const SECRETS_OF_NAME_MAX = 2

/** `acme=whsec_…,other=whsec_…`: secrets by name, two of a name while they are rotated. An error does not show a secret. */
const secretsByName: Parser<Readonly<Record<string, readonly string[]>>> = (value) => {
  const secrets: Record<string, string[]> = {}
  for (const [index, pair] of list(value.replaceAll('\n', ',')).entries()) {
    const at = pair.indexOf('=')
    const [name, secret] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    const key = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret)?.[1]
    if (at < 1 || key === undefined) throw new Error(`has no name=whsec_… (base64) in place ${index + 1}`)
    if (Buffer.from(key, 'base64').length < SECRET_BYTES_MIN) {
      throw new Error(`has a secret of less than ${SECRET_BYTES_MIN} bytes for ${name}`)
    }
    secrets[name] = [...(secrets[name] ?? []), secret]
    if (secrets[name].length > SECRETS_OF_NAME_MAX) {
      throw new Error(`has more than ${SECRETS_OF_NAME_MAX} secrets for ${name}: the old and the new one are enough`)
    }
  }
  return secrets
}

/** The same with one secret of a name. */
const secretByName: Parser<Readonly<Record<string, string>>> = (value) =>
  Object.fromEntries(
    Object.entries(secretsByName(value)).map(([name, [secret, ...others]]) => {
      if (others.length > 0) throw new Error(`has two secrets for ${name}`)
      return [name, secret!]
    }),
  )

const secretsFile: Parser<Readonly<Record<string, readonly string[]>>> = (path) => secretsByName(secretFile(path))

const SECRET_KEY_BYTES = 32

/** Keys of 32 bytes in base64. An error does not show a key. */
const secretKeys: Parser<readonly string[]> = (value) => {
  const keys = list(value.replaceAll('\n', ','))
  for (const [index, key] of keys.entries()) {
    if (Buffer.from(key, 'base64').length !== SECRET_KEY_BYTES) {
      throw new Error(`has no key of ${SECRET_KEY_BYTES} bytes in base64 in place ${index + 1}`)
    }
  }
  return keys
}
const secretKeysFile: Parser<readonly string[]> = (path) => secretKeys(secretFile(path))

/** Days, or 0 for no limit: live state is compared with the rows of the last weeks. */
const zeroOrDays: Parser<number> = (value) => {
  const days = integerBetween(0, 36_500)(value)
  if (days > 0 && days < 30) throw new Error('must be 0, or from 30 to 36500')
  return days
}

/** Ranges of network addresses, `10.1.0.0/16`. */
const ranges: Parser<readonly string[]> = (value) => {
  const given = list(value)
  for (const range of given) {
    const [address = '', bits = '', ...rest] = range.split('/')
    const longest = isIP(address) === 6 ? 128 : 32
    if (isIP(address) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > longest || rest.length > 0) {
      throw new Error(`has "${range}", which is not a range of addresses such as 10.1.0.0/16`)
    }
  }
  return given
}

/** Every setting there is. `docs/settings.md` is made from this. */
export const definitions = {
  postgresUrl: define({
    environment: 'SHELFLINE_POSTGRES_URL',
    parse: postgresAddress,
    default: 'postgres://shelfline_app@127.0.0.1:15432/shelfline',
    instance: 'postgres.url',
    secret: true,
    description: 'PostgreSQL, with the role of the application.',
  }),
  postgresMigrateUrl: define({
    environment: 'SHELFLINE_POSTGRES_MIGRATE_URL',
    parse: postgresAddress,
    default: 'postgres://shelfline_migrate@127.0.0.1:15432/shelfline',
    instance: 'postgres.migrateUrl',
    secret: true,
    description: 'PostgreSQL, with the role that owns the schema and migrates it.',
  }),
  postgresWebUrl: define({
    environment: 'SHELFLINE_POSTGRES_WEB_URL',
    parse: postgresAddress,
    default: 'postgres://shelfline_web@127.0.0.1:15432/shelfline',
    instance: 'postgres.webUrl',
    secret: true,
    description: 'PostgreSQL, with the role of the web application: it sees only what the signed-in person may see.',
  }),
  postgresPoolMax: define({
    environment: 'SHELFLINE_POSTGRES_POOL_MAX',
    parse: integerBetween(1, 200),
    default: 8,
    description: 'Maximum number of connections of one process.',
  }),
  caFile: define({
    environment: 'SHELFLINE_CA_FILE',
    parse: certificateFile,
    default: '',
    instance: 'caFile',
    description:
      'PEM file of the authorities that the certificates of Kafka, the object store, Temporal and the mail server are checked against, instead of those that Node.js knows. That of PostgreSQL is `sslrootcert` in its URL.',
  }),
  clientCertificateFile: define({
    environment: 'SHELFLINE_CLIENT_CERTIFICATE_FILE',
    parse: certificateFile,
    default: '',
    instance: 'clientCertificateFile',
    description: 'PEM file of the certificate that this process shows to Kafka and Temporal where they ask for one.',
  }),
  clientKeyFile: define({
    environment: 'SHELFLINE_CLIENT_KEY_FILE',
    parse: privateKeyFile,
    default: '',
    instance: 'clientKeyFile',
    description: 'PEM file of the private key of that certificate.',
  }),
  kafkaBrokers: define({
    environment: 'SHELFLINE_KAFKA_BROKERS',
    parse: list,
    default: ['127.0.0.1:19092'] as readonly string[],
    instance: 'kafka.brokers',
    description: 'Kafka brokers, `host:port`, separated by commas.',
  }),
  kafkaProtocol: define({
    environment: 'SHELFLINE_KAFKA_PROTOCOL',
    parse: oneOf('plaintext', 'ssl', 'sasl_ssl'),
    default: 'plaintext' as 'plaintext' | 'ssl' | 'sasl_ssl',
    instance: 'kafka.protocol',
    description:
      'How Kafka is spoken to: `plaintext`; `ssl`, encrypted; `sasl_ssl`, encrypted and with a user. There is no `sasl_plaintext`: it would show passwords and tokens to the network.',
  }),
  kafkaMechanism: define({
    environment: 'SHELFLINE_KAFKA_MECHANISM',
    parse: oneOf(...saslMechanisms),
    default: 'scram-sha-512' as (typeof saslMechanisms)[number],
    instance: 'kafka.mechanism',
    description:
      'How a user of `sasl_ssl` signs in. `plain` is for brokers that have no other, such as those of some clouds.',
  }),
  kafkaUser: define({
    environment: 'SHELFLINE_KAFKA_USER',
    parse: text,
    default: '',
    instance: 'kafka.user',
    description: 'The user; for `oauthbearer` the client id.',
  }),
  kafkaPassword: define({
    environment: 'SHELFLINE_KAFKA_PASSWORD',
    parse: text,
    default: '',
    instance: 'kafka.password',
    secret: true,
    description: 'Their password; for `oauthbearer` the client secret.',
  }),
  kafkaPasswordFile: define({
    environment: 'SHELFLINE_KAFKA_PASSWORD_FILE',
    parse: secretFile,
    default: '',
    secret: true,
    description: 'File that contains it; used instead of the variable.',
  }),
  kafkaTokenUrl: define({
    environment: 'SHELFLINE_KAFKA_TOKEN_URL',
    parse: url('https:'),
    default: '',
    description: 'Where the tokens of `oauthbearer` are requested, by client credentials (OAuth 2).',
  }),
  kafkaTokenScope: define({
    environment: 'SHELFLINE_KAFKA_TOKEN_SCOPE',
    parse: text,
    default: '',
    description: 'The scope that is requested with them.',
  }),
  kafkaTopicPartitions: define({
    environment: 'SHELFLINE_KAFKA_TOPIC_PARTITIONS',
    parse: countsByName(1, 1_000),
    default: {} as Readonly<Record<string, number>>,
    description: 'Number of partitions of topics that differ from the catalogue, e.g. `pos_transactions=8`.',
  }),
  customerRetentionDays: define({
    environment: 'SHELFLINE_CUSTOMER_RETENTION_DAYS',
    parse: zeroOrDays,
    default: 0,
    description:
      'Days for which rows in the lake and in the facts have the pseudonym of their customer; then it is removed from them. 0: for good.',
  }),
  deadLetterDays: define({
    environment: 'SHELFLINE_DEAD_LETTER_DAYS',
    parse: integerBetween(1, 36_500),
    default: 90,
    description: 'Days for which a dead letter keeps its message; then it can no longer be replayed.',
  }),
  kafkaEventRetentionHours: define({
    environment: 'SHELFLINE_KAFKA_EVENT_RETENTION_HOURS',
    parse: integerBetween(1, 87_600),
    default: 168,
    description: 'How long Kafka keeps the events of append-only topics.',
  }),
  kafkaSessionTimeoutMs: define({
    environment: 'SHELFLINE_KAFKA_SESSION_TIMEOUT_MS',
    parse: integerBetween(6_000, 300_000),
    default: 6_000,
    description:
      'A stream worker without a heartbeat for this long counts as dead, and its partitions move to other workers.',
  }),
  objectStoreEndpoint: define({
    environment: 'SHELFLINE_OBJECT_STORE_ENDPOINT',
    parse: url('http:', 'https:'),
    default: 'http://127.0.0.1:19000',
    instance: 'objectStore.endpoint',
    description: 'S3 endpoint: MinIO, or S3 itself.',
  }),
  objectStoreRegion: define({
    environment: 'SHELFLINE_OBJECT_STORE_REGION',
    parse: text,
    default: 'us-east-1',
    instance: 'objectStore.region',
    description: 'S3 region.',
  }),
  objectStoreBucket: define({
    environment: 'SHELFLINE_OBJECT_STORE_BUCKET',
    parse: text,
    default: 'shelfline',
    instance: 'objectStore.bucket',
    description: 'The bucket of the lake.',
  }),
  objectStoreAccessKey: define({
    environment: 'SHELFLINE_OBJECT_STORE_ACCESS_KEY',
    parse: text,
    default: '',
    instance: 'objectStore.accessKey',
    secret: true,
    description: 'S3 access key.',
  }),
  objectStoreSecretKey: define({
    environment: 'SHELFLINE_OBJECT_STORE_SECRET_KEY',
    parse: text,
    default: '',
    instance: 'objectStore.secretKey',
    secret: true,
    description: 'S3 secret key.',
  }),
  vacuumAccessKey: define({
    environment: 'SHELFLINE_OBJECT_STORE_VACUUM_ACCESS_KEY',
    parse: text,
    default: '',
    secret: true,
    description:
      'S3 access key of the user that may change raw events, for the schedule `privacy` of the batch worker; empty: the one of the instance, or of the process.',
  }),
  vacuumSecretKey: define({
    environment: 'SHELFLINE_OBJECT_STORE_VACUUM_SECRET_KEY',
    parse: text,
    default: '',
    secret: true,
    description: 'Its S3 secret key.',
  }),
  temporalAddress: define({
    environment: 'SHELFLINE_TEMPORAL_ADDRESS',
    parse: text,
    default: '127.0.0.1:17233',
    instance: 'temporal.address',
    description: 'Temporal frontend, `host:port`.',
  }),
  temporalNamespace: define({
    environment: 'SHELFLINE_TEMPORAL_NAMESPACE',
    parse: text,
    default: 'default',
    instance: 'temporal.namespace',
    description: 'Temporal namespace.',
  }),
  temporalTls: define({
    environment: 'SHELFLINE_TEMPORAL_TLS',
    parse: oneOf('on', 'off'),
    default: 'off' as 'on' | 'off',
    instance: 'temporal.tls',
    description:
      'Whether connections to Temporal are encrypted; its certificate must then be valid for the host of the address.',
  }),
  temporalApiKey: define({
    environment: 'SHELFLINE_TEMPORAL_API_KEY',
    parse: text,
    default: '',
    secret: true,
    description: 'API key or token that is sent to Temporal with each request, over encrypted connections only.',
  }),
  temporalApiKeyFile: define({
    environment: 'SHELFLINE_TEMPORAL_API_KEY_FILE',
    parse: secretFile,
    default: '',
    secret: true,
    description: 'File that contains it; used instead of the variable.',
  }),
  temporalPayloadKeys: define({
    environment: 'SHELFLINE_TEMPORAL_PAYLOAD_KEYS',
    parse: secretKeys,
    default: [] as readonly string[],
    instance: 'temporal.payloadKey',
    secret: true,
    description:
      'Keys of 32 bytes in base64 that inputs and results of workflows and activities are encrypted with, separated by commas: the first encrypts, all decrypt. Without one histories show them in clear.',
  }),
  temporalPayloadKeysFile: define({
    environment: 'SHELFLINE_TEMPORAL_PAYLOAD_KEYS_FILE',
    parse: secretKeysFile,
    default: [] as readonly string[],
    secret: true,
    description: 'File that contains such keys, one on a line; they come before those of the variable.',
  }),
  duckdbExtensionDirectory: define({
    environment: 'SHELFLINE_DUCKDB_EXTENSION_DIRECTORY',
    parse: text,
    default: join(cacheFolder(), 'duckdb-extensions-1.5.5-2'),
    description: "Folder with DuckDB's extensions (httpfs, delta, postgres_scanner, excel).",
  }),
  duckdbMemoryLimitMegabytes: define({
    environment: 'SHELFLINE_DUCKDB_MEMORY_LIMIT_MEGABYTES',
    parse: integerBetween(64, 1_048_576),
    default: 1_024,
    description: 'Memory that DuckDB may use in one process before it spills to disk.',
  }),
  duckdbThreads: define({
    environment: 'SHELFLINE_DUCKDB_THREADS',
    parse: integerBetween(1, 256),
    default: 2,
    description: 'Threads that DuckDB uses in one process.',
  }),
  xgboostLibrary: define({
    environment: 'SHELFLINE_XGBOOST_LIBRARY',
    parse: text,
    default: join(cacheFolder(), `xgboost-${XGBOOST_VERSION}`, 'xgboost', 'lib', 'libxgboost.so'),
    description: `XGBoost's shared library, version ${XGBOOST_VERSION}.`,
  }),
  xgboostThreads: define({
    environment: 'SHELFLINE_XGBOOST_THREADS',
    parse: integerBetween(1, 256),
    default: 2,
    description:
      'Threads that training and prediction use in one process; a different number may change the last digits.',
  }),
  forecastHorizonDays: define({
    environment: 'SHELFLINE_FORECAST_HORIZON_DAYS',
    parse: integerBetween(1, 182),
    default: 7,
    description:
      'Number of days that are forecast every morning. More than 28 are trained too, where there is history for them.',
  }),
  trainingGapDaysMax: define({
    environment: 'SHELFLINE_TRAINING_GAP_DAYS_MAX',
    parse: integerBetween(0, 3_650),
    default: 7,
    description: 'Models are trained as of a day only if their newest training data is at most this many days older.',
  }),
  smtpUrl: define({
    environment: 'SHELFLINE_SMTP_URL',
    parse: url('smtp:', 'smtps:'),
    default: 'smtp://127.0.0.1:25',
    secret: true,
    description: 'Mail server for notifications, `smtp://user:password@host:port`.',
  }),
  smtpTls: define({
    environment: 'SHELFLINE_SMTP_TLS',
    parse: oneOf('auto', 'required', 'optional'),
    default: 'auto' as 'auto' | 'required' | 'optional',
    description:
      'Whether mail is handed over encrypted only (`smtps`, or STARTTLS with a valid certificate). `auto`: yes, unless the mail server is on this machine.',
  }),
  mailFrom: define({
    environment: 'SHELFLINE_MAIL_FROM',
    parse: text,
    default: 'Shelfline <shelfline@localhost>',
    description: 'Sender of notifications by e-mail.',
  }),
  supplierWebhookSecrets: define({
    environment: 'SHELFLINE_SUPPLIER_WEBHOOK_SECRETS',
    parse: secretsByName,
    default: {} as Readonly<Record<string, readonly string[]>>,
    secret: true,
    description:
      'Secrets of at least 24 bytes that sign orders to suppliers by webhook (Standard Webhooks), `acme=whsec_…,other=whsec_…`. A name given twice signs with both, while the supplier changes to the new one.',
  }),
  supplierWebhookSecretsFile: define({
    environment: 'SHELFLINE_SUPPLIER_WEBHOOK_SECRETS_FILE',
    parse: secretsFile,
    default: {} as Readonly<Record<string, readonly string[]>>,
    secret: true,
    description: 'File that contains such secrets, one on a line; those of the variable come first.',
  }),
  secretKeys: define({
    environment: 'SHELFLINE_SECRET_KEYS',
    parse: secretKeys,
    default: [] as readonly string[],
    instance: 'secretKey',
    secret: true,
    description:
      'Keys of 32 bytes in base64 (`openssl rand -base64 32`) that secrets in the database are encrypted with, separated by commas: the first encrypts, all decrypt. Without one they are kept as they are.',
  }),
  secretKeysFile: define({
    environment: 'SHELFLINE_SECRET_KEYS_FILE',
    parse: secretKeysFile,
    default: [] as readonly string[],
    secret: true,
    description: 'File that contains such keys, one on a line; they come before those of the variable.',
  }),
  egressHosts: define({
    environment: 'SHELFLINE_EGRESS_HOSTS',
    parse: list,
    default: [] as readonly string[],
    description:
      'Hosts that webhooks of suppliers and of notifications may be sent to, `orders.example.com,*.example.org`. Default: any host.',
  }),
  egressHttp: define({
    environment: 'SHELFLINE_EGRESS_HTTP',
    parse: oneOf('on', 'off'),
    default: 'off' as 'on' | 'off',
    description: 'Whether webhooks may be sent without encryption, by http.',
  }),
  egressPrivate: define({
    environment: 'SHELFLINE_EGRESS_PRIVATE',
    parse: ranges,
    default: [] as readonly string[],
    description:
      'Ranges of addresses that webhooks may be sent to although they are private, `10.1.0.0/16`. They are checked when a connection is made.',
  }),
  lakePrefix: define({
    environment: 'SHELFLINE_LAKE_PREFIX',
    parse: text,
    default: 'lake',
    description: 'Folder of the lake inside the bucket.',
  }),
  timeZone: define({
    environment: 'SHELFLINE_TIME_ZONE',
    parse: timeZone,
    default: 'UTC',
    description: 'IANA time zone of schedules such as 08:00.',
  }),
  shardRowsMax: define({
    environment: 'SHELFLINE_SHARD_ROWS_MAX',
    parse: integerBetween(1_000, 1_000_000_000),
    default: 2_000_000,
    description: 'Rows of one date that one activity handles; above it the stores are split into shards.',
  }),
  batchConcurrency: define({
    environment: 'SHELFLINE_BATCH_CONCURRENCY',
    parse: integerBetween(1, 256),
    default: 4,
    description: 'Partitions that one batch worker builds at the same time for pipelines.',
  }),
  backfillConcurrency: define({
    environment: 'SHELFLINE_BACKFILL_CONCURRENCY',
    parse: integerBetween(1, 256),
    default: 2,
    description: 'Dates that one batch worker builds at the same time for backfills, in addition to its pipelines.',
  }),
  messageBytesMax: define({
    environment: 'SHELFLINE_MESSAGE_BYTES_MAX',
    parse: integerBetween(1_024, 1_048_576),
    default: defaultLimits.messageBytesMax,
    description: 'A message with more bytes becomes a dead letter (`too_large`) without being read.',
  }),
  messageDepthMax: define({
    environment: 'SHELFLINE_MESSAGE_DEPTH_MAX',
    parse: integerBetween(1, 500),
    default: defaultLimits.messageDepthMax,
    description: 'A message whose objects and arrays are nested deeper becomes a dead letter (`too_deep`).',
  }),
  earliestEventDay: define({
    environment: 'SHELFLINE_EARLIEST_EVENT_DAY',
    parse: dayBetween(EARLIEST_DAY, '2100-01-01'),
    default: defaultLimits.earliestEventDay,
    description: 'The earliest accepted day of `event_at`; an earlier event becomes a dead letter (`too_old`).',
  }),
  deadLetterBytesMax: define({
    environment: 'SHELFLINE_DEAD_LETTER_BYTES_MAX',
    parse: integerBetween(256, 1_048_576),
    default: defaultLimits.deadLetterBytesMax,
    description:
      'Of a larger dead letter only the first part is stored, with its size, hash and place in Kafka, from where it is replayed.',
  }),
  rawSinkFlushMs: define({
    environment: 'SHELFLINE_RAW_SINK_FLUSH_MS',
    parse: integerBetween(100, 600_000),
    default: 5_000,
    description: 'The raw sink commits to the lake at least this often while it reads events.',
  }),
  rawSinkFlushRows: define({
    environment: 'SHELFLINE_RAW_SINK_FLUSH_ROWS',
    parse: integerBetween(1, 10_000_000),
    default: 200_000,
    description: 'The raw sink commits to the lake when it has this many events of one topic in memory.',
  }),
  httpPort: define({
    environment: 'SHELFLINE_HTTP_PORT',
    parse: port,
    default: 0,
    description: 'Port of a worker for `/healthz` and `/metrics`; 0 means any free port, which is logged.',
  }),
  httpHost: define({
    environment: 'SHELFLINE_HTTP_HOST',
    parse: text,
    default: '127.0.0.1',
    description: 'Address on which `/healthz` and `/metrics` are served.',
  }),
  httpToken: define({
    environment: 'SHELFLINE_HTTP_TOKEN',
    parse: text,
    default: '',
    secret: true,
    description:
      'If it is set, `/metrics` is served with `Authorization: Bearer` and this token only, and `/healthz` without it shows no details.',
  }),
  httpTokenFile: define({
    environment: 'SHELFLINE_HTTP_TOKEN_FILE',
    parse: secretFile,
    default: '',
    secret: true,
    description: 'File that contains this token; used instead of the variable.',
  }),
  httpsCertificateFile: define({
    environment: 'SHELFLINE_HTTPS_CERTIFICATE_FILE',
    parse: certificateFile,
    default: '',
    instance: 'httpsCertificateFile',
    description:
      'PEM file of the certificate, with those between it and the root, with which the web application, the webhook receiver, the till agent, `/healthz` and `/metrics` are served by https, and devices by MQTT over TLS. A new file is read within seconds, without a restart.',
  }),
  httpsKeyFile: define({
    environment: 'SHELFLINE_HTTPS_KEY_FILE',
    parse: privateKeyFile,
    default: '',
    instance: 'httpsKeyFile',
    description: 'PEM file of the private key of that certificate.',
  }),
  webHost: define({
    environment: 'SHELFLINE_WEB_HOST',
    parse: text,
    default: '127.0.0.1',
    description: 'Address that the web application listens on.',
  }),
  webPort: define({
    environment: 'SHELFLINE_WEB_PORT',
    parse: port,
    default: 18_080,
    description: 'Port of the web application; 0 means any free port, which is logged.',
  }),
  webPublicUrl: define({
    environment: 'SHELFLINE_WEB_PUBLIC_URL',
    parse: url('http:', 'https:'),
    default: '',
    description:
      'Public URL of the web application, such as `https://shelfline.example.com`, if it differs from the address that it listens on. With `https` its cookies are sent over TLS only.',
  }),
  webRequestsPerMinute: define({
    environment: 'SHELFLINE_WEB_REQUESTS_PER_MINUTE',
    parse: integerBetween(1, 1_000_000),
    default: 600,
    description: 'Requests to `/api/v1` that one token, or one person who is signed in, may send in a minute.',
  }),
  receiveHost: define({
    environment: 'SHELFLINE_RECEIVE_HOST',
    parse: text,
    default: '127.0.0.1',
    description: 'Address that the webhook receiver listens on.',
  }),
  receivePort: define({
    environment: 'SHELFLINE_RECEIVE_PORT',
    parse: port,
    default: 18_090,
    description: 'Port of the webhook receiver; 0 means any free port, which is logged.',
  }),
  receiveBytesMax: define({
    environment: 'SHELFLINE_RECEIVE_BYTES_MAX',
    parse: integerBetween(1_048_576, 4_294_967_296),
    default: 67_108_864,
    description:
      'Bytes of request bodies that the webhook receiver holds in memory at once; more are refused with 503 until there is room.',
  }),
  receiveRequestsMax: define({
    environment: 'SHELFLINE_RECEIVE_REQUESTS_MAX',
    parse: integerBetween(1, 100_000),
    default: 2_000,
    description: 'Requests that the webhook receiver works on at once; more are refused with 503.',
  }),
  mqttHost: define({
    environment: 'SHELFLINE_MQTT_HOST',
    parse: text,
    default: '127.0.0.1',
    description: 'Address on which devices send by MQTT.',
  }),
  mqttPort: define({
    environment: 'SHELFLINE_MQTT_PORT',
    parse: port,
    default: 18_093,
    description:
      'Port on which devices send by MQTT, encrypted where there is a certificate; 0 means any free port, which is logged.',
  }),
  mqttConnectionsMax: define({
    environment: 'SHELFLINE_MQTT_CONNECTIONS_MAX',
    parse: integerBetween(1, 100_000),
    default: 1_000,
    description: 'Devices that may be connected to one process by MQTT; more are refused.',
  }),
  mqttPacketBytesMax: define({
    environment: 'SHELFLINE_MQTT_PACKET_BYTES_MAX',
    parse: integerBetween(1_024, 16_777_216),
    default: 131_072,
    description: 'Bytes of a packet of MQTT; a larger one ends its connection.',
  }),
  filesAtOnce: define({
    environment: 'SHELFLINE_FILES_AT_ONCE',
    parse: integerBetween(1, 64),
    default: 2,
    description:
      'Files that a worker of feeds reads at once, of different feeds. Each may use the memory of `SHELFLINE_DUCKDB_MEMORY_LIMIT_MEGABYTES`.',
  }),
  connectUrl: define({
    environment: 'SHELFLINE_CONNECT_URL',
    instance: 'connect.url',
    parse: url('http:', 'https:'),
    default: 'http://127.0.0.1:18083',
    description: "Kafka Connect's REST API.",
  }),
  lineageUrl: define({
    environment: 'SHELFLINE_OPENLINEAGE_URL',
    parse: url('http:', 'https:', 'file:'),
    default: '',
    description:
      'Where the batch worker sends an OpenLineage event for the start and the end of every run of a partition (docs/lineage.md): `https://marquez.example.com/api/v1/lineage`, or `file:///var/lib/shelfline/lineage.jsonl`. Empty: nowhere.',
  }),
  lineageToken: define({
    environment: 'SHELFLINE_OPENLINEAGE_TOKEN',
    parse: text,
    default: '',
    secret: true,
    description: 'Bearer token for the receiver of OpenLineage events.',
  }),
  lineageNamespace: define({
    environment: 'SHELFLINE_OPENLINEAGE_NAMESPACE',
    parse: text,
    default: 'shelfline',
    description:
      'Namespace of the jobs in OpenLineage events; another one for each instance that sends to the same receiver.',
  }),
  mlflowUrl: define({
    environment: 'SHELFLINE_MLFLOW_URL',
    parse: url('http:', 'https:'),
    default: '',
    description:
      'MLflow server to which the batch worker sends versions of models and changes of the champion (docs/mlflow.md), `https://mlflow.example.com`. Empty: none.',
  }),
  mlflowToken: define({
    environment: 'SHELFLINE_MLFLOW_TOKEN',
    parse: text,
    default: '',
    secret: true,
    description: 'Bearer token for the MLflow server.',
  }),
  mlflowPrefix: define({
    environment: 'SHELFLINE_MLFLOW_PREFIX',
    parse: text,
    default: 'shelfline-',
    description:
      'What the names of experiments and registered models in MLflow begin with; another one for each instance that sends to the same server.',
  }),
  avroTopics: define({
    environment: 'SHELFLINE_AVRO_TOPICS',
    parse: list,
    default: [] as readonly string[],
    description:
      'Topics that other systems may also write in Avro, to `TOPIC.avro` (docs/schemas.md), `pos_transactions,price_changes`; empty: none.',
  }),
  schemaRegistryUrl: define({
    environment: 'SHELFLINE_SCHEMA_REGISTRY_URL',
    instance: 'registry.url',
    parse: url('http:', 'https:'),
    default: 'http://127.0.0.1:18081/apis/ccompat/v7',
    secret: true,
    description:
      "Schema registry with Confluent's API, for contracts in Avro (docs/schemas.md), with `user:password@` where it asks for them.",
  }),
  connectSecretsFolder: define({
    environment: 'SHELFLINE_CONNECT_SECRETS',
    instance: 'connect.secretsFolder',
    parse: text,
    default: '/run/secrets/connect',
    description: 'Folder with the secrets of connectors, a file each, where Kafka Connect finds it (docs/cdc.md).',
  }),
  engine: define({
    environment: 'SHELFLINE_ENGINE',
    parse: oneOf('duckdb', 'spark', 'auto'),
    default: 'duckdb' as 'duckdb' | 'spark' | 'auto',
    description:
      'What runs the statements of those assets that are written for both: `duckdb`, in the worker itself; `spark`, at `SHELFLINE_SPARK_URL`; `auto`, Spark for partitions that read at least `SHELFLINE_SPARK_ROWS_MIN` rows. The rows are the same, byte for byte (docs/engines.md).',
  }),
  sparkUrl: define({
    environment: 'SHELFLINE_SPARK_URL',
    instance: 'spark.url',
    parse: url('sc:'),
    default: 'sc://127.0.0.1:15002',
    secret: true,
    description:
      'Spark Connect, as its clients write it: `sc://host:port`, with `/;use_ssl=true;token=…` where it asks for them.',
  }),
  sparkRowsMin: define({
    environment: 'SHELFLINE_SPARK_ROWS_MIN',
    parse: integerBetween(0, 1_000_000_000_000),
    default: 50_000_000,
    description: 'Rows that a partition reads from which `auto` gives it to Spark.',
  }),
  sparkAssets: define({
    environment: 'SHELFLINE_SPARK_ASSETS',
    parse: list,
    default: [] as readonly string[],
    description: 'The assets that Spark may build, `cleansed/sales,features/daily_sales`; empty: all that it can.',
  }),
  predictHost: define({
    environment: 'SHELFLINE_PREDICT_HOST',
    parse: text,
    default: '127.0.0.1',
    description:
      'Address on which the predictor answers requests for forecasts; any other than a loopback address needs a token.',
  }),
  predictPort: define({
    environment: 'SHELFLINE_PREDICT_PORT',
    parse: port,
    default: 18_092,
    description: 'Port on which the predictor answers; 0 means any free port, which is logged.',
  }),
  predictToken: define({
    environment: 'SHELFLINE_PREDICT_TOKEN',
    parse: text,
    default: '',
    secret: true,
    description:
      'What the predictor asks of those who ask it, as `Authorization: Bearer`, and what the web application sends; empty: nothing.',
  }),
  predictUrl: define({
    environment: 'SHELFLINE_PREDICT_URL',
    parse: url('http:', 'https:'),
    default: 'http://127.0.0.1:18092',
    description: 'The predictor that the web application and `shelfline forecasts predict` ask.',
  }),
  predictRequestsMax: define({
    environment: 'SHELFLINE_PREDICT_REQUESTS_MAX',
    parse: integerBetween(1, 100_000),
    default: 2_000,
    description: 'Forecasts that the predictor works on at once by HTTP; more are refused with 503.',
  }),
  agentHost: define({
    environment: 'SHELFLINE_AGENT_HOST',
    parse: text,
    default: '127.0.0.1',
    description: 'Address on which the till agent takes events.',
  }),
  agentPort: define({
    environment: 'SHELFLINE_AGENT_PORT',
    parse: port,
    default: 18_091,
    description: 'Port on which the till agent takes events; 0 means any free port, which is logged.',
  }),
  agentFolder: define({
    environment: 'SHELFLINE_AGENT_FOLDER',
    parse: text,
    default: '',
    description: "Folder of the till agent's store; default: `agent` in the instance's folder.",
  }),
  agentInbox: define({
    environment: 'SHELFLINE_AGENT_INBOX',
    parse: text,
    default: '',
    description: 'Folder that the till agent takes files from, one folder per source in it; empty: none.',
  }),
  agentReceiverUrl: define({
    environment: 'SHELFLINE_AGENT_RECEIVER_URL',
    parse: url('http:', 'https:'),
    default: 'http://127.0.0.1:18090',
    description: 'The webhook receiver that the till agent sends to.',
  }),
  agentSources: define({
    environment: 'SHELFLINE_AGENT_SOURCES',
    parse: secretByName,
    default: {} as Readonly<Record<string, string>>,
    secret: true,
    description: 'Sources of the till agent with their secrets at the receiver, `tills=whsec_…,doors=whsec_…`.',
  }),
  agentTopics: define({
    environment: 'SHELFLINE_AGENT_TOPICS',
    parse: textsByName,
    default: {} as Readonly<Record<string, string>>,
    description: 'Topics of sources of the till agent that are not `pos_transactions`, `doors=foot_traffic`.',
  }),
  agentSigned: define({
    environment: 'SHELFLINE_AGENT_SIGNED',
    parse: oneOf('on', 'off'),
    default: 'on' as 'on' | 'off',
    description:
      'Whether the till agent takes only signed requests. `off` is for tills that can not sign, in a network of their own.',
  }),
  agentBytesMax: define({
    environment: 'SHELFLINE_AGENT_BYTES_MAX',
    parse: integerBetween(1_048_576, 1_099_511_627_776),
    default: 1_073_741_824,
    description: 'Bytes of events that the till agent stores while the line is down; more are refused with 507.',
  }),
  agentMqttPort: define({
    environment: 'SHELFLINE_AGENT_MQTT_PORT',
    parse: port,
    default: 0,
    description: 'Port on which the till agent takes messages by MQTT, at `SHELFLINE_AGENT_HOST`; 0: it takes none.',
  }),
  agentDevices: define({
    environment: 'SHELFLINE_AGENT_DEVICES',
    parse: text,
    default: '',
    description:
      'File of `shelfline devices export` with the devices that may send to the till agent by MQTT. A new one is read within seconds.',
  }),
  webStyleguide: define({
    environment: 'SHELFLINE_WEB_STYLEGUIDE',
    parse: oneOf('on', 'off'),
    default: 'off' as 'on' | 'off',
    description: 'For development: serves `/styleguide`, a page with every component.',
  }),
  prometheusUrl: define({
    environment: 'SHELFLINE_PROMETHEUS_URL',
    parse: url('http:', 'https:'),
    default: '',
    instance: 'monitoring.prometheusUrl',
    description: 'Prometheus, for the last hour on the page *Streams*; without it the page has no charts.',
  }),
  oidcIssuer: define({
    environment: 'SHELFLINE_OIDC_ISSUER',
    parse: url('https:', 'http:'),
    default: '',
    description:
      'Identity provider that people may sign in with (OpenID Connect); an `http` URL is accepted only for this machine.',
  }),
  oidcClientId: define({
    environment: 'SHELFLINE_OIDC_CLIENT_ID',
    parse: text,
    default: '',
    description: 'Client id of Shelfline at the identity provider.',
  }),
  oidcClientSecret: define({
    environment: 'SHELFLINE_OIDC_CLIENT_SECRET',
    parse: text,
    default: '',
    secret: true,
    description: 'Client secret of Shelfline at the identity provider.',
  }),
  oidcClientSecretFile: define({
    environment: 'SHELFLINE_OIDC_CLIENT_SECRET_FILE',
    parse: secretFile,
    default: '',
    secret: true,
    description: 'File that contains the client secret; used instead of the variable.',
  }),
  powerBiWorkspace: define({
    environment: 'SHELFLINE_POWER_BI_WORKSPACE',
    parse: uuid,
    default: '',
    description:
      'Id of the workspace of the Power BI service whose semantic model is refreshed after the daily run and the predictions; empty: none is.',
  }),
  powerBiDataset: define({
    environment: 'SHELFLINE_POWER_BI_DATASET',
    parse: uuid,
    default: '',
    description: 'Id of that semantic model.',
  }),
  powerBiTenant: define({
    environment: 'SHELFLINE_POWER_BI_TENANT',
    parse: uuid,
    default: '',
    description: 'Id of the tenant of Microsoft Entra that the service principal is in.',
  }),
  powerBiClientId: define({
    environment: 'SHELFLINE_POWER_BI_CLIENT_ID',
    parse: uuid,
    default: '',
    description: 'Client id of the service principal: a member of the workspace that may refresh.',
  }),
  powerBiClientSecret: define({
    environment: 'SHELFLINE_POWER_BI_CLIENT_SECRET',
    parse: text,
    default: '',
    secret: true,
    description: 'Its client secret.',
  }),
  powerBiClientSecretFile: define({
    environment: 'SHELFLINE_POWER_BI_CLIENT_SECRET_FILE',
    parse: secretFile,
    default: '',
    secret: true,
    description: 'File that contains the client secret; used instead of the variable.',
  }),
  powerBiCapacity: define({
    environment: 'SHELFLINE_POWER_BI_CAPACITY',
    parse: oneOf('premium', 'shared'),
    default: 'premium' as 'premium' | 'shared',
    description:
      'Capacity of the workspace. `premium` (also per user, Embedded, Fabric) refreshes the ranges that changed, in one commit; `shared` allows plain refreshes only, eight a day.',
  }),
  powerBiApiUrl: define({
    environment: 'SHELFLINE_POWER_BI_API_URL',
    parse: url('https:'),
    default: 'https://api.powerbi.com',
    description: 'REST API of the Power BI service; national clouds have others.',
  }),
  powerBiSignInUrl: define({
    environment: 'SHELFLINE_POWER_BI_SIGN_IN_URL',
    parse: url('https:'),
    default: 'https://login.microsoftonline.com',
    description: 'Where its tokens are requested.',
  }),
  apiToken: define({
    environment: 'SHELFLINE_TOKEN',
    parse: text,
    default: '',
    secret: true,
    description:
      'Token of a person (`shelfline access token create`) that commands act with, for scripts; it is used instead of a login.',
  }),
  oidcPersonClaim: define({
    environment: 'SHELFLINE_OIDC_PERSON_CLAIM',
    parse: text,
    default: 'preferred_username',
    description: 'Claim of the ID token with the name of the person, as `shelfline access user list` shows it.',
  }),
  oidcRoleClaim: define({
    environment: 'SHELFLINE_OIDC_ROLE_CLAIM',
    parse: text,
    default: '',
    description: 'Claim with the groups of the person. If it is set, a person also needs a group for their role.',
  }),
  oidcRoles: define({
    environment: 'SHELFLINE_OIDC_ROLES',
    parse: textsByName,
    default: {} as Readonly<Record<string, string>>,
    description:
      'Which role a group gives: `sales=buyer,it=administrator`. A group that is not listed gives the role of its own name.',
  }),
  logLevel: define({
    environment: 'SHELFLINE_LOG_LEVEL',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info' as 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent',
    description: 'Lowest level of log lines that are written.',
  }),
}

type Definitions = typeof definitions
export type Settings = { readonly [Name in keyof Definitions]: Definitions[Name]['default'] } & {
  /** Folder of the instance: data, logs, `instance.json`. */
  readonly home: string
}

/** All settings that can't be read, named at once. */
export class SettingsError extends Error {
  override name = 'SettingsError'
}

/**
 * Reads the settings: the environment first, then the running instance's `instance.json`, then the default.
 *
 * @param forProcess the kind of worker that they are for, or `vacuum`, where the instance gives it users and a certificate of its own
 * @throws SettingsError naming every setting that does not parse, its value (never a secret's) and what is required
 */
export function loadSettings(environment: NodeJS.ProcessEnv = process.env, forProcess?: string): Settings {
  const home = instanceHome(environment)
  const instance = readInstance(home)
  const own = forProcess && (instance as { workers?: Record<string, unknown> } | undefined)?.workers?.[forProcess]
  const problems: string[] = []
  const read = <Value>(definition: Definition<Value>): Value => {
    const given = environment[definition.environment]
    const found = () => lookUp(own, definition.instance) ?? lookUp(instance, definition.instance)
    const said = given === undefined || given === '' ? found() : given
    if (said === undefined) return definition.default
    try {
      return definition.parse(said)
    } catch (error) {
      const shown = definition.secret ? '(a secret)' : `"${said}"`
      problems.push(`${definition.environment}: ${shown} ${(error as Error).message}`)
      return definition.default
    }
  }
  const values = Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [name, read(definition as Definition<unknown>)]),
  )
  protectSecrets(secretsIn(values))
  if (problems.length === 0) problems.push(...refusals(values as Settings))
  if (problems.length > 0) throw new SettingsError(`settings: ${problems.join('; ')} (see docs/settings.md)`)
  return Object.freeze({ ...values, home }) as Settings
}

/** What must not be readable in a log: of a URL its password, of secrets by name each. */
function secretsIn(values: Readonly<Record<string, unknown>>): string[] {
  const secrets = Object.entries(definitions as Record<string, Definition<unknown>>).filter(([, { secret }]) => secret)
  return secrets.flatMap(([name]) => {
    const value = values[name]
    if (typeof value !== 'string')
      return Object.values(value as Readonly<Record<string, string | readonly string[]>>).flat()
    if (!URL.canParse(value)) return [value]
    const { password } = new URL(value)
    return [password, decoded(password)]
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whether the environment or a running instance gives a setting; otherwise it has its default. */
export function isGiven(
  { environment: variable, instance }: { environment: string; instance?: string },
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  return Boolean(environment[variable]) || lookUp(readInstance(instanceHome(environment)), instance) !== undefined
}

/** The instance's folder: `SHELFLINE_HOME`, or `.shelfline` in the checkout. */
export function instanceHome(environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(environment.SHELFLINE_HOME || join(import.meta.dirname, '..', '..', '.shelfline'))
}

/** The user's cache folder for downloads and builds, shared by every checkout. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache'), 'shelfline')
}

/** The user's folder for what commands keep of them, such as a login. */
export function configFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config'), 'shelfline')
}

function readInstance(home: string): unknown {
  const file = join(home, 'instance.json')
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingsError(
      `settings: ${file} is not JSON (${(error as Error).message}); \`shelfline stack up\` writes a new one`,
    )
  }
}

function lookUp(instance: unknown, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const found = path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], instance)
  if (Array.isArray(found)) return found.join(',')
  return typeof found === 'string' ? found : undefined
}
