/**
 * Gives each process its rights in Kafka of `compose.tls.yaml`, as the superuser, who is known by a certificate. May run again at any time.
 *
 *     node docker/furnish-kafka.ts FOLDER       the folder of the certificate
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { loadSettings } from '../platform/settings/settings.ts'
import { giveRights } from '../scripts/stack/kafka-users.ts'

const folder = process.argv[2]
if (folder === undefined) throw new Error("furnish-kafka: name the folder of the superuser's certificate")
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const kafka = new Kafka({
  clientId: 'shelfline-setup',
  brokers: [...loadSettings().kafkaBrokers],
  ssl: { ca: read('ca.pem'), cert: read('certificate.pem'), key: read('key.pem') },
  logLevel: logLevel.NOTHING,
})
await giveRights(kafka)
