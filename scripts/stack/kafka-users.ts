/** The users of a secure Kafka: their passwords, and what they may do. Set by the superuser, who is known by a certificate. */
import { pbkdf2, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import kafkajs, { type AclEntry, Kafka, logLevel } from 'kafkajs'
import { createCluster, setScramUsers } from '../../platform/kafka/protocol.ts'
import { withAdmin } from '../../platform/kafka/topics.ts'
import { kafkaRights, type Right } from './kafka-rights.ts'
import { type KafkaUser, kafkaPasswords, type Security, SUPERUSERS } from './security.ts'
import type { ServerContext } from './server.ts'

// These are no names that an import of a CommonJS module finds.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const REQUEST_TIMEOUT_MS = 5_000
/** What Kafka itself takes when it salts a password. */
const ITERATIONS = 4_096
const SALT_BYTES = 24
const HASH_BYTES = 64

/** Gives the users their passwords and rights. May run again at any time. */
export async function furnishKafka({ ports, secrets }: ServerContext, security: Security): Promise<void> {
  const { certificate, key } = security.client(SUPERUSERS.kafka)
  const kafka = new Kafka({
    clientId: 'shelfline-stack',
    brokers: [`127.0.0.1:${ports.kafkaInternal}`],
    ssl: {
      ca: readFileSync(security.caFile, 'utf8'),
      cert: readFileSync(certificate, 'utf8'),
      key: readFileSync(key, 'utf8'),
    },
    connectionTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  })
  const passwords = kafkaPasswords(secrets)
  const cluster = createCluster(kafka)
  await cluster.connect()
  try {
    const users = await Promise.all(Object.entries(passwords).map(([name, password]) => salted(name, password)))
    await setScramUsers(await cluster.brokerPool.findConnectedBroker(), users)
  } finally {
    await cluster.disconnect()
  }
  await giveRights(kafka)
}

/** Gives the users their rights, as the superuser. May run again at any time. */
export async function giveRights(kafka: Kafka): Promise<void> {
  await withAdmin(kafka, (admin) => admin.createAcls({ acl: allRules() }))
}

/** The broker gets what the password is checked by, not the password (RFC 5802). */
async function salted(name: string, password: string) {
  const salt = randomBytes(SALT_BYTES)
  const saltedPassword = await promisify(pbkdf2)(password, salt, ITERATIONS, HASH_BYTES, 'sha512')
  return { name, iterations: ITERATIONS, salt, saltedPassword }
}

const resources = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  'transactional id': AclResourceTypes.TRANSACTIONAL_ID,
  cluster: AclResourceTypes.CLUSTER,
} satisfies Record<Right['resource'], number>

const operations = {
  all: AclOperationTypes.ALL,
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
} satisfies Record<Right['operation'], number>

/** Kafka's rules for the rights of every user. */
const allRules = (): AclEntry[] => Object.keys(kafkaRights).flatMap((user) => rulesOf(user as KafkaUser))

/** Kafka's rules for the rights of a user. A name of `*` alone is its own for all names. */
export function rulesOf(user: KafkaUser): AclEntry[] {
  return kafkaRights[user].rights.flatMap(({ operation, resource, names }) =>
    names.map((name) => {
      const isPrefix = name.length > 1 && name.endsWith('*')
      return {
        principal: `User:${user}`,
        host: '*',
        operation: operations[operation],
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: resources[resource],
        resourceName: isPrefix ? name.slice(0, -1) : name,
        resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      }
    }),
  )
}
