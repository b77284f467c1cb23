/** What a connector's configuration must have so that no change is lost, rounded or kept without bound. */
import type { ConnectorConfig } from '../../platform/connect/connect.ts'
import { plainSecret } from '../../platform/connect/secrets.ts'

interface Rule {
  key: string
  isMet: (value: string | undefined) => boolean
  /** Completes "KEY must be …". */
  expected: string
  why: string
}

const is = (key: string, value: string, why: string): Rule => ({
  key,
  isMet: (given) => given === value,
  expected: value,
  why,
})
const given = (key: string, why: string): Rule => ({
  key,
  isMet: (value) => (value ?? '') !== '',
  expected: 'set',
  why,
})
const oneOf = (key: string, values: readonly string[], why: string): Rule => ({
  key,
  isMet: (value) => value !== undefined && values.includes(value),
  expected: `one of ${values.join(', ')}`,
  why,
})
const not = (key: string, value: string, why: string): Rule => ({
  key,
  isMet: (found) => found !== value,
  expected: `other than ${value}`,
  why,
})
const between = (key: string, minimum: number, maximum: number, why: string): Rule => ({
  key,
  isMet: (value) => Number.isInteger(Number(value)) && Number(value) >= minimum && Number(value) <= maximum,
  expected: `a whole number from ${minimum} to ${maximum}`,
  why,
})

const UNWRAPS = 'the mapper reads whole messages: they have what happened, and where in the log'

/** Of every source of Debezium. */
const ofDebezium: readonly Rule[] = [
  {
    key: 'topic.prefix',
    isMet: (value) => /^[A-Za-z0-9_-]{1,100}$/.test(value ?? ''),
    expected: 'a name',
    why: 'topics begin with it',
  },
  given('table.include.list', 'what is not listed is read, too'),
  is('decimal.handling.mode', 'string', 'a decimal is exact as text only'),
  is('time.precision.mode', 'isostring', 'maps read instants as text'),
  is('skipped.operations', 'none', 'a truncated table would go unnoticed'),
  between('heartbeat.interval.ms', 1_000, 300_000, 'the place in a log whose tables are quiet must move on'),
  is('topic.creation.default.partitions', '1', 'the changes of a table are in order in one partition only'),
  between('topic.creation.default.replication.factor', 1, 5, 'Connect creates the topics'),
  not('errors.tolerance', 'all', 'it leaves out what fails, and no one notices'),
  is('exactly.once.support', 'required', 'a change must be in Kafka once, also after a crash'),
  {
    key: 'transforms',
    isMet: (value) => !/unwrap/i.test(value ?? ''),
    expected: 'without an unwrapping one',
    why: UNWRAPS,
  },
]

const HISTORY: readonly Rule[] = [
  given('schema.history.internal.kafka.topic', 'the columns of the past are kept there'),
  given('schema.history.internal.kafka.bootstrap.servers', 'the columns of the past are kept there'),
]

const ofClass: Readonly<Record<string, readonly Rule[]>> = {
  'io.debezium.connector.postgresql.PostgresConnector': [
    ...ofDebezium,
    is('plugin.name', 'pgoutput', "it is PostgreSQL's own"),
    {
      key: 'slot.name',
      isMet: (value) => /^[a-z0-9_]{1,63}$/.test(value ?? ''),
      expected: 'a name of lower-case letters, digits and underscores',
      why: 'each connector needs a slot of its own',
    },
    given('publication.name', 'each connector needs a publication of its own'),
    oneOf('publication.autocreate.mode', ['disabled', 'filtered'], 'all_tables would read what no one asked for'),
    oneOf('snapshot.mode', ['initial', 'always', 'when_needed'], 'rows that are there before have to be read'),
  ],
  'io.debezium.connector.mysql.MySqlConnector': [
    ...ofDebezium,
    ...HISTORY,
    between('database.server.id', 1, 4_294_967_295, 'it is a replica for MySQL, and each has a number of its own'),
    is('bigint.unsigned.handling.mode', 'precise', 'larger numbers would turn negative'),
    oneOf('snapshot.mode', ['initial', 'always', 'when_needed'], 'rows that are there before have to be read'),
  ],
  'io.debezium.connector.sqlserver.SqlServerConnector': [
    ...ofDebezium,
    ...HISTORY,
    given('database.names', 'a connector reads the databases that it names'),
    is('database.encrypt', 'true', 'the password and all rows are sent over this connection'),
    oneOf(
      'snapshot.isolation.mode',
      ['snapshot', 'read_committed'],
      'the default locks the tables while they are read',
    ),
  ],
  'io.debezium.connector.oracle.OracleConnector': [
    ...ofDebezium,
    ...HISTORY,
    given('database.dbname', 'a connector reads one database'),
    oneOf(
      'log.mining.strategy',
      ['online_catalog', 'hybrid', 'redo_log_catalog'],
      'it decides who follows changed columns',
    ),
    is('interval.handling.mode', 'string', 'numbers of microseconds are not what maps read'),
  ],
}

/** The kinds of connectors that have rules. */
export const knownClasses = Object.keys(ofClass)

/**
 * What is wrong with a configuration, a sentence each; none: it follows all rules. Of a kind without rules only the secrets are
 * checked.
 */
export function lintConnector(config: ConnectorConfig): string[] {
  const rules = ofClass[config['connector.class'] ?? ''] ?? []
  const broken = rules.filter(({ key, isMet }) => !isMet(config[key]))
  const plain = Object.entries(config).filter(([key, value]) => plainSecret(key, value))
  return [
    ...broken.map(({ key, expected, why }) => `${key} ${shown(config[key])} must be ${expected}: ${why}`),
    ...plain.map(
      ([key]) => `${key} must be a secret of a file, such as \${secret:erp}: Kafka keeps configurations in plain text`,
    ),
  ]
}

const shown = (value: string | undefined): string => (value === undefined ? '(missing)' : JSON.stringify(value))
