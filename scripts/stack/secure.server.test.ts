/** A secure instance of its own, with the clients that Shelfline has; most of all with those that it must not let in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import type { Client } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDuckDb, withConnection, withPostgres } from '../../platform/duckdb/duckdb.ts'
import { createKafka, createProducer, kafkaAnswer } from '../../platform/kafka/kafka.ts'
import { applyTopics, wantedTopics } from '../../platform/kafka/topics.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore, createS3Client } from '../../platform/object-store/object-store.ts'
import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { connectTemporal, temporalConnection } from '../../platform/temporal/temporal.ts'
import { type WorkerKind, workerKinds } from '../../platform/worker-kinds.ts'
import { type Authority, createAuthority, openAuthority, type Pair } from './authority.ts'
import { Home, type Instance } from './home.ts'
import { furnishUsers } from './minio-users.ts'
import { objectStoreRights } from './object-store-rights.ts'
import {
  type CertifiedClient,
  type ObjectStoreUser,
  objectStoreKeys,
  principals,
  type Security,
  securityOf,
} from './security.ts'
import { down, reset, up } from './stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'shelfline-secure-'))
const home = new Home(folder)
const logger = createLogger({ logLevel: 'silent' }, 'test')
const opened: (Server | Socket)[] = []
let instance: Instance
let settings: Settings
let security: Security
/** Another one, which issues the same names. */
let stranger: Authority
let strangerCa: string
/** The instance's own, which also issues what has ended. */
let expired: Pair

beforeAll(async () => {
  instance = await up({ home: folder, ports: 'free', secure: true, isDisposable: true })
  settings = loadSettings({ SHELFLINE_HOME: folder })
  security = securityOf(home)!
  stranger = await createAuthority('Stranger')
  strangerCa = file('stranger.pem', stranger.certificate)
  const { readFileSync } = await import('node:fs')
  const own = openAuthority({
    certificate: readFileSync(security.caFile, 'utf8'),
    key: readFileSync(home.path('tls', 'ca.key'), 'utf8'),
  })
  expired = await own.issue({
    commonName: 'late',
    hosts: ['127.0.0.1', 'localhost'],
    until: new Date(Date.now() - 1_000),
  })
}, 600_000)

afterAll(async () => {
  for (const open of opened) 'close' in open ? open.close() : open.destroy()
  await down({ home: folder })
  await reset({ home: folder })
  rmSync(folder, { recursive: true, force: true })
}, 120_000)

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

/** The settings of a worker of a kind. */
const as = (worker: WorkerKind) => loadSettings({ SHELFLINE_HOME: folder }, worker)

test('every worker signs in as itself everywhere, and none knows a superuser', () => {
  const { postgresSuperuser, postgresMigrate, objectStoreSecretKey } = home.secrets()
  for (const kind of workerKinds) {
    const own = as(kind)
    const user = `shelfline_${kind}`
    expect(new URL(own.postgresUrl).username).toBe(user)
    expect(own.kafkaUser).toBe(user)
    expect(own.objectStoreAccessKey).toBe(user in objectStoreRights ? user : '')
    expect(own.clientCertificateFile).toContain(user)
    const { postgresMigrateUrl: _, ...told } = own
    for (const secret of [postgresSuperuser, postgresMigrate, objectStoreSecretKey])
      expect(JSON.stringify(told)).not.toContain(secret)
  }
  for (const name of ['postgresUrl', 'kafkaPassword'] as const)
    expect(new Set(workerKinds.map((kind) => as(kind)[name])).size).toBe(workerKinds.length)
  expect(JSON.stringify(instance)).not.toContain(objectStoreSecretKey)
})

async function listening(server: Server, host: string): Promise<number> {
  opened.push(server)
  await new Promise<void>((ready) => server.listen(0, host, ready))
  return (server.address() as AddressInfo).port
}

const passOn = (port: number) => (client: Socket) => {
  const target = connect(port, '127.0.0.1')
  for (const socket of [client, target]) socket.on('error', () => [client, target].map((each) => each.destroy()))
  client.pipe(target).pipe(client)
}

/** The server behind an address that is not in its certificate. */
const elsewhere = async (port: number): Promise<string> =>
  `127.0.0.2:${await listening(createServer(passOn(port)), '127.0.0.2')}`

/** Another server in its place, with a certificate that has ended. */
const outdated = async (): Promise<string> => {
  const server = createTlsServer({ cert: expired.certificate, key: expired.key })
  server.on('tlsClientError', () => undefined)
  return `127.0.0.1:${await listening(server, '127.0.0.1')}`
}

const portOf = (address: string): number => Number(address.split(':').at(-1))

describe('PostgreSQL', () => {
  const withParameters = (change: (url: URL) => void, from = instance.postgres.url): string => {
    const url = new URL(from)
    change(url)
    return url.href
  }
  const query = async (url: string, text = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()') => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return (await client.query(text)).rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  const attach = async (postgresUrl: string) => {
    const duckdb = await createDuckDb(settings)
    try {
      await withConnection(duckdb, (connection) =>
        withPostgres(connection, { postgresUrl }, async (name) => {
          const answer = await connection.runAndReadAll(`select count(*) as n from ${name}.pg_catalog.pg_class`)
          expect(Number(answer.getRowObjectsJson()[0]!.n)).toBeGreaterThan(10)
        }),
      )
    } finally {
      duckdb.closeSync()
    }
  }

  test('both clients connect with the server checked, and show their certificate', async () => {
    expect(await query(instance.postgres.url)).toEqual([{ ssl: true }])
    await attach(instance.postgres.url)
    // Readers of reports have a password alone.
    expect(await query(instance.postgres.biReaderUrl!)).toEqual([{ ssl: true }])
  })

  const refused: Record<string, [url: () => string | Promise<string>, pgSays: RegExp, libpqSays: RegExp]> = {
    'another authority': [
      () => withParameters((url) => url.searchParams.set('sslrootcert', strangerCa)),
      /certificate/,
      /certificate verify failed/,
    ],
    'an address that is not in the certificate': [
      async () => {
        const address = await elsewhere(portOf(new URL(instance.postgres.url).host))
        return withParameters((url) => {
          url.host = address
        })
      },
      /does not match|altnames/i,
      /does not match|not match host/i,
    ],
    'no client certificate': [
      () =>
        withParameters((url) => {
          url.searchParams.delete('sslcert')
          url.searchParams.delete('sslkey')
        }),
      /requires a valid client certificate/,
      /requires a valid client certificate/,
    ],
    "another program's certificate": [
      () =>
        withParameters((url) => {
          const { certificate, key } = security.client('shelfline_web')
          url.searchParams.set('sslcert', certificate)
          url.searchParams.set('sslkey', key)
        }),
      /authentication failed/,
      /authentication failed/,
    ],
    'a wrong password': [
      () =>
        withParameters((url) => {
          url.password = 'wrong'
        }),
      /password authentication failed/,
      /password authentication failed/,
    ],
    'no encryption': [
      () =>
        withParameters((url) => {
          url.search = ''
        }),
      /no encryption/,
      /no encryption/,
    ],
    'a server that says it has no TLS': [
      async () => {
        const plain = createServer((client) => {
          opened.push(client)
          client.on('error', () => undefined).once('data', () => client.write('N'))
        })
        const port = await listening(plain, '127.0.0.1')
        return withParameters((url) => {
          url.port = String(port)
        })
      },
      /does not support SSL/,
      /does not support SSL/,
    ],
  }
  for (const [what, [url, pgSays, libpqSays]] of Object.entries(refused)) {
    test(`${what} is refused, by both clients`, async () => {
      const address = await url()
      await expect(query(address)).rejects.toThrow(pgSays)
      await expect(attach(address)).rejects.toThrow(libpqSays)
    })
  }

  test('a certificate that has ended is refused, by both clients', async () => {
    const { readFileSync } = await import('node:fs')
    const { certificate, key } = security.server('postgres-server')
    const before = [certificate, key].map((path) => [path, readFileSync(path)] as const)
    const reload = () => query(instance.postgres.adminUrl!, 'select pg_reload_conf()')
    try {
      writeFileSync(certificate, expired.certificate)
      writeFileSync(key, expired.key, { mode: 0o600 })
      await reload()
      await expect
        .poll(() => query(instance.postgres.url).then(String, ({ message }: Error) => message))
        .toMatch(/expired/)
      await expect(attach(instance.postgres.url)).rejects.toThrow(/certificate verify failed/)
    } finally {
      for (const [path, content] of before) writeFileSync(path, content)
      process.kill(home.readServer('postgres')!.pid, 'SIGHUP')
    }
    await expect
      .poll(() => query(instance.postgres.url).catch(({ message }: Error) => message))
      .toEqual([{ ssl: true }])
  })
})

describe('Kafka', () => {
  const topics = async (given: Partial<Settings>) => {
    const admin = createKafka({ ...settings, ...given }, 'test', logger, { retries: 0 }).admin()
    try {
      await admin.connect()
      return await admin.listTopics()
    } finally {
      await admin.disconnect()
    }
  }

  test('a user of the instance is let in', async () => {
    expect(await topics({})).toEqual(expect.any(Array))
  })

  const refused: Record<string, [given: () => Partial<Settings> | Promise<Partial<Settings>>, says: RegExp]> = {
    'another authority': [() => ({ caFile: strangerCa }), /certificate/],
    'an address that is not in the certificate': [
      async () => ({ kafkaBrokers: [await elsewhere(portOf(settings.kafkaBrokers[0]!))] }),
      /does not match|altnames/i,
    ],
    'a certificate that has ended': [async () => ({ kafkaBrokers: [await outdated()] }), /expired/],
    'a wrong password': [() => ({ kafkaPassword: 'wrong' }), /authentication failed|invalid credentials/i],
    'an unknown user': [() => ({ kafkaUser: 'mallory' }), /authentication failed|invalid credentials/i],
    'a client that does not encrypt': [
      () => ({ kafkaProtocol: 'plaintext', kafkaUser: '', kafkaPassword: '' }),
      /clos|disconnect|timed? ?out/i,
    ],
  }
  for (const [what, [given, says]] of Object.entries(refused)) {
    test(`${what} is refused`, async () => {
      await expect(topics(await given())).rejects.toThrow(says)
    })
  }

  describe('rights', () => {
    const send = async (given: Settings, topic: string) => {
      const producer = createProducer(createKafka(given, 'test', logger, { retries: 1 }))
      try {
        await producer.send({ topic, acks: -1, messages: [{ key: 'probe', value: '{}' }] })
        return 'sent'
      } catch (error) {
        return kafkaAnswer(error) ?? (error as Error).message
      } finally {
        await producer.disconnect()
      }
    }
    const read = async (given: Settings, topic: string, groupId: string) => {
      const consumer = createKafka(given, 'test', logger, { retries: 0 }).consumer({ groupId, retry: { retries: 0 } })
      try {
        await consumer.connect()
        await consumer.subscribe({ topic, fromBeginning: true })
        const crashed = new Promise((answer) =>
          consumer.on('consumer.crash', ({ payload }) => answer(payload.error.message)),
        )
        const joined = new Promise((answer) => consumer.on('consumer.fetch', () => answer('read')))
        const run = consumer.run({ eachMessage: async () => undefined }).then(
          () => new Promise<never>(() => undefined),
          ({ message }: Error) => message,
        )
        return await Promise.race([crashed, joined, run])
      } catch (error) {
        return (error as Error).message
      } finally {
        await consumer.disconnect()
      }
    }

    beforeAll(async () => {
      await applyTopics(createKafka(settings, 'test', logger), wantedTopics(settings))
    }, 120_000)

    test.each([
      ['stream', 'alerts', true],
      ['stream', 'shelf_state', true],
      ['stream', 'pos_transactions.dlq', true],
      ['stream', 'pos_transactions', false],
      ['stream', 'supplier_catalog', false],
      ['stream', 'replenishment_policies', false],
      ['receive', 'pos_transactions', true],
      ['receive', 'shelf_state', false],
      ['receive', 'pos_transactions.dlq', false],
      ['web', 'shelf_policies', true],
      ['web', 'shelf_state', false],
      ['batch', 'alerts', false],
      ['batch', 'replenishment_policies', false],
      ['cdc', 'product_catalog', true],
      ['cdc', 'shelf_state', false],
      ['predict', 'predictions', true],
      ['predict', 'pos_transactions', false],
    ] as const)('worker %s sends to %s: %s', async (kind, topic, isAllowed) => {
      expect(await send(as(kind), topic)).toMatch(isAllowed ? /^sent$/ : /AUTHORIZATION_FAILED|not authorized/i)
    })

    test('only who may read reads, in a group of its own', { timeout: 120_000 }, async () => {
      expect(await read(as('stream'), 'pos_transactions', 'shelfline.test')).toBe('read')
      expect(await read(as('stream'), 'pos_transactions', 'other.test')).toMatch(/not authorized|group coordinator/i)
      for (const kind of ['receive', 'batch'] as const) {
        expect(await read(as(kind), 'pos_transactions', 'shelfline.test')).toMatch(/not authorized|group coordinator/i)
      }
    })

    test.each(workerKinds)('worker %s creates and deletes no topic', async (kind) => {
      const admin = createKafka(as(kind), 'test', logger, { retries: 0 }).admin()
      await admin.connect()
      try {
        await expect(admin.createTopics({ topics: [{ topic: 'mine' }] })).rejects.toThrow()
        await expect(admin.deleteTopics({ topics: ['pos_transactions'] })).rejects.toThrow()
      } finally {
        await admin.disconnect()
      }
    })
  })

  test('the port for certificates takes those of the instance only', async () => {
    const brokers = [`127.0.0.1:${home.readPorts<Record<string, number>>()!.kafkaInternal}`]
    const own = security.client('shelfline_app')
    const bySsl = { kafkaBrokers: brokers, kafkaProtocol: 'ssl', kafkaUser: '', kafkaPassword: '' } as const
    const shown = (pair: { certificate: string; key: string }) => ({
      ...bySsl,
      clientCertificateFile: pair.certificate,
      clientKeyFile: pair.key,
    })
    expect(await topics(shown(own))).toEqual(expect.any(Array))
    await expect(topics({ ...bySsl, clientCertificateFile: '', clientKeyFile: '' })).rejects.toThrow()
    const false_ = await stranger.issue({ commonName: 'kafka' })
    const forged = shown({ certificate: file('forged.pem', false_.certificate), key: file('forged.key', false_.key) })
    await expect(topics(forged)).rejects.toThrow()
  })
})

describe('the object store', () => {
  const key = 'secure-test/one'
  const read = async (given: Partial<Settings>) => {
    const store = createObjectStore({ ...settings, ...given })
    try {
      return (await store.get(key))?.toString()
    } finally {
      store.close()
    }
  }
  const scan = async (given: Partial<Settings>) => {
    const duckdb = await createDuckDb({ ...settings, ...given })
    try {
      return await withConnection(duckdb, async (connection) => {
        const url = `s3://${settings.objectStoreBucket}/${key}`
        return (await connection.runAndReadAll(`select content from read_text('${url}')`)).getRows()
      })
    } finally {
      duckdb.closeSync()
    }
  }

  test('all three clients read and write: our own, DuckDB, and its reader of Delta tables', async () => {
    const store = createObjectStore(settings)
    const duckdb = await createDuckDb(settings)
    try {
      await store.put(key, 'hello')
      expect(await read({})).toBe('hello')
      expect(await scan({})).toEqual([['hello']])
      await withConnection(duckdb, async (connection) => {
        await connection.run(
          `copy (select 1 as a) to 's3://${settings.objectStoreBucket}/secure-delta/part.parquet' (format parquet)`,
        )
      })
      const actions = [
        { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
        {
          metaData: {
            id: 'b5e5cd55-37ba-4a3b-9f0e-6f4a6f1a0d11',
            format: { provider: 'parquet', options: {} },
            schemaString: JSON.stringify({
              type: 'struct',
              fields: [{ name: 'a', type: 'integer', nullable: true, metadata: {} }],
            }),
            partitionColumns: [],
            configuration: {},
          },
        },
        { add: { path: 'part.parquet', partitionValues: {}, size: 300, modificationTime: 0, dataChange: true } },
      ]
      await store.put(
        'secure-delta/_delta_log/00000000000000000000.json',
        actions.map((each) => JSON.stringify(each)).join('\n'),
      )
      await withConnection(duckdb, async (connection) => {
        const rows = await connection.runAndReadAll(
          `select a from delta_scan('s3://${settings.objectStoreBucket}/secure-delta')`,
        )
        expect(rows.getRows()).toEqual([[1]])
      })
    } finally {
      store.close()
      duckdb.closeSync()
    }
  })

  const endpoint = (address: string, scheme = 'https') => ({ objectStoreEndpoint: `${scheme}://${address}` })
  const port = () => portOf(settings.objectStoreEndpoint)
  const refused: Record<string, [given: () => Partial<Settings> | Promise<Partial<Settings>>, says: RegExp]> = {
    'another authority': [() => ({ caFile: strangerCa }), /certificate|SSL/i],
    'only the authorities that Node.js knows': [() => ({ caFile: '' }), /certificate|SSL/i],
    'an address that is not in the certificate': [
      async () => endpoint(await elsewhere(port())),
      /match|altnames|SSL|certificate/i,
    ],
    'a certificate that has ended': [async () => endpoint(await outdated()), /expired|SSL|certificate/i],
    'a wrong key': [() => ({ objectStoreSecretKey: 'wrong' }), /signature|403/i],
    'a client that does not encrypt': [() => endpoint(`127.0.0.1:${port()}`, 'http'), /(?:)/],
  }
  for (const [what, [given, says]] of Object.entries(refused)) {
    test(`${what} is refused, by both clients`, async () => {
      const changed = await given()
      await expect(read(changed)).rejects.toThrow(says)
      await expect(scan(changed)).rejects.toThrow(says)
    })
  }
})

describe('rights in the object store', () => {
  const folders = {
    raw: 'lake/raw/pos_transactions/',
    built: 'lake/cleansed/sales/',
    models: 'lake/models/demand/v1/',
    orders: 'orders/acme/',
    files: 'files/tills/',
    other: 'elsewhere/',
  }
  type Folder = keyof typeof folders
  /** r: reads and lists, w: writes, d: deletes. */
  const may: Record<ObjectStoreUser, Record<Folder, string>> = {
    shelfline_app: { raw: 'rw', built: 'rwd', models: 'rwd', orders: 'rwd', files: 'rwd', other: 'rwd' },
    shelfline_vacuum: { raw: 'rwd', built: 'rwd', models: 'rwd', orders: 'r', files: 'r', other: 'r' },
    shelfline_stream: { raw: 'rw', built: '', models: '', orders: '', files: '', other: '' },
    shelfline_batch: { raw: 'r', built: 'rwd', models: 'rw', orders: 'rw', files: '', other: '' },
    shelfline_web: { raw: 'r', built: 'r', models: 'r', orders: '', files: '', other: '' },
    shelfline_predict: { raw: 'r', built: 'r', models: 'r', orders: '', files: '', other: '' },
    shelfline_files: { raw: '', built: '', models: '', orders: '', files: 'rwd', other: '' },
  }
  const storeOf = (user: ObjectStoreUser) =>
    createObjectStore({
      ...settings,
      objectStoreAccessKey: user,
      objectStoreSecretKey: objectStoreKeys(home.secrets())[user],
    })
  const asRoot = () => {
    const { objectStoreAccessKey, objectStoreSecretKey } = home.secrets()
    return createObjectStore({ ...settings, objectStoreAccessKey, objectStoreSecretKey })
  }
  const isDone = (work: Promise<unknown>) =>
    work.then(
      () => true,
      (error: Error) => {
        expect(error.message).toMatch(/access denied/i)
        return false
      },
    )

  test.each(Object.keys(may) as ObjectStoreUser[])('of %s are those of its folders', async (user) => {
    const [own, root] = [storeOf(user), asRoot()]
    try {
      const done = await Promise.all(
        Object.entries(folders).map(async ([name, folder]) => {
          const key = `${folder}${user}`
          await root.put(key, 'probe')
          const list = async () => {
            for await (const { key } of own.list(folder)) return key
            return undefined
          }
          const isRead = [await isDone(own.get(key)), await isDone(list())]
          expect(new Set(isRead).size).toBe(1)
          const isWritten = [await isDone(own.put(`${key}-new`, 'x')), await isDone(own.put(key, 'over'))]
          expect(new Set(isWritten).size).toBe(1)
          const isDeleted = await isDone(own.delete([key]))
          expect((await root.get(key)) === undefined).toBe(isDeleted)
          return [name, `${isRead[0] ? 'r' : ''}${isWritten[0] ? 'w' : ''}${isDeleted ? 'd' : ''}`] as const
        }),
      )
      expect(Object.fromEntries(done)).toEqual(may[user])
    } finally {
      own.close()
      root.close()
    }
  })

  test.each(Object.keys(may) as ObjectStoreUser[])('%s administers nothing', async (user) => {
    const own = { objectStoreAccessKey: user, objectStoreSecretKey: objectStoreKeys(home.secrets())[user] }
    const { client, close } = createS3Client({ ...settings, ...own })
    const { objectStoreBucket: bucket, objectStoreRegion: region } = settings
    try {
      const open = JSON.stringify({ Version: '2012-10-17', Statement: [] })
      const administered = { client, secretKey: own.objectStoreSecretKey, bucket, region, lakes: ['*'] }
      await expect(client.makeBucket(`${user.replace('_', '-')}-own`)).rejects.toThrow(/access denied/i)
      await expect(client.removeBucket(bucket)).rejects.toThrow(/access denied/i)
      await expect(client.setBucketPolicy(bucket, open)).rejects.toThrow(/access denied/i)
      await expect(furnishUsers(administered, objectStoreKeys(home.secrets()))).rejects.toThrow()
    } finally {
      close()
    }
  })
})

describe('Temporal', () => {
  const ask = async (given: Partial<Settings>) => {
    const client = await connectTemporal({ ...settings, ...given })
    await client.connection.close()
  }
  /** As the worker connects. */
  const askNatively = async (given: Partial<Settings>) => {
    const connection = await NativeConnection.connect(temporalConnection({ ...settings, ...given }))
    await connection.close()
  }

  test('client and worker are let in with the certificate of the instance', async () => {
    await ask({})
    await askNatively({})
  })

  const refused: Record<string, () => Partial<Settings> | Promise<Partial<Settings>>> = {
    'another authority': () => ({ caFile: strangerCa }),
    'no client certificate': () => ({ clientCertificateFile: '', clientKeyFile: '' }),
    'a certificate of another authority': async () => {
      const { certificate, key } = await stranger.issue({ commonName: 'shelfline_app' })
      return { clientCertificateFile: file('other.pem', certificate), clientKeyFile: file('other.key', key) }
    },
    'an address that is not in the certificate': async () => ({
      temporalAddress: await elsewhere(portOf(settings.temporalAddress)),
    }),
    'a certificate that has ended': async () => ({ temporalAddress: await outdated() }),
    'a client that does not encrypt': () => ({ temporalTls: 'off' }),
  }
  for (const [what, given] of Object.entries(refused)) {
    // Each client tries for ten seconds: at the same time.
    test.concurrent(`${what} is refused, by client and worker`, { timeout: 60_000 }, async () => {
      const changed = await given()
      await expect(ask(changed)).rejects.toThrow(/does not answer/)
      await expect(askNatively(changed)).rejects.toThrow()
    })
  }

  test('a history has no input in clear; the keys can be changed', async () => {
    const [oldKey, newKey] = [settings.temporalPayloadKeys[0]!, Buffer.alloc(32, 5).toString('base64')]
    const [workflowId, word] = [`secure-${process.pid}`, 'confidential-word']
    const client = await connectTemporal(settings)
    const changed = await connectTemporal({ ...settings, temporalPayloadKeys: [newKey, oldKey] })
    const without = await connectTemporal({ ...settings, temporalPayloadKeys: [newKey] })
    try {
      await client.workflow.start('anything', { taskQueue: 'none', workflowId, args: [{ word }], memo: { word } })
      const history = await client.workflow.getHandle(workflowId).fetchHistory()
      expect(JSON.stringify(history)).not.toContain(Buffer.from(word).toString('base64').slice(0, 12))
      expect(Buffer.from(JSON.stringify(history)).includes(word)).toBe(false)
      expect((await changed.workflow.getHandle(workflowId).describe()).memo).toEqual({ word })
      await expect(without.workflow.getHandle(workflowId).describe()).rejects.toThrow(/does not have/)
    } finally {
      await client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => undefined)
      for (const each of [client, changed, without]) await each.connection.close()
    }
  })
})

describe('rights at Temporal', () => {
  const PERMISSION_DENIED = 7
  const namespace = 'default'
  const workflowExecution = { workflowId: `secure-nothing-${process.pid}` }
  type Service = Client['workflowService']
  /** Each with a request that the server refuses or does not find, when the caller may make it. */
  const calls = {
    read: (service) => service.listWorkflowExecutions({ namespace, pageSize: 1 }),
    work: (service) => service.respondWorkflowTaskFailed({ namespace, taskToken: Buffer.from('none') }),
    start: (service) => service.startWorkflowExecution({ namespace }),
    signal: (service) => service.signalWorkflowExecution({ namespace, workflowExecution, signalName: 'none' }),
    cancel: (service) => service.requestCancelWorkflowExecution({ namespace, workflowExecution }),
    update: (service) => service.updateWorkflowExecution({ namespace, workflowExecution }),
    schedule: (service) => service.patchSchedule({ namespace, scheduleId: 'none', patch: {} }),
    'declare schedules': (service) => service.deleteSchedule({ namespace, scheduleId: 'none' }),
    terminate: (service) => service.terminateWorkflowExecution({ namespace, workflowExecution }),
    'make namespaces': (service) => service.registerNamespace({ namespace: '' }),
    'read another namespace': (service) =>
      service.listWorkflowExecutions({ namespace: 'temporal-system', pageSize: 1 }),
  } satisfies Record<string, (service: Service) => Promise<unknown>>
  const everything = Object.keys(calls)
  const may: Record<string, readonly string[]> = {
    shelfline_app: everything,
    shelfline_batch: ['read', 'work'],
    shelfline_web: ['read', 'start', 'signal', 'cancel', 'update', 'schedule'],
    temporal_ui: ['read'],
    // No certificate that is let in is enough: it must be named.
    postgres: [],
  }

  async function connectAs(name: CertifiedClient): Promise<Client> {
    const { certificate, key } = security.client(name)
    return connectTemporal({ ...settings, clientCertificateFile: certificate, clientKeyFile: key })
  }

  const names = [...principals, 'temporal_ui', 'postgres'] as const
  test.each(names)('of %s are those of its list', { timeout: 60_000 }, async (name) => {
    const client = await connectAs(name)
    try {
      const allowed: string[] = []
      for (const [what, call] of Object.entries(calls)) {
        const code = await call(client.workflowService).then(
          () => 0,
          (error: { code?: number }) => error.code,
        )
        if (code !== PERMISSION_DENIED) allowed.push(what)
      }
      expect(allowed).toEqual(may[name] ?? [])
    } finally {
      await client.connection.close()
    }
  })

  test('a worker without the right takes no task, and the batch worker does', { timeout: 60_000 }, async () => {
    const poll = async (kind: WorkerKind) => {
      const connection = await NativeConnection.connect(temporalConnection(as(kind)))
      try {
        const worker = await Worker.create({
          connection,
          namespace,
          taskQueue: 'secure-none',
          activities: { async none() {} },
        })
        await worker.runUntil(async () => undefined)
      } finally {
        await connection.close()
      }
    }
    await poll('batch')
    await expect(poll('stream')).rejects.toThrow(/unauthorized|permission/i)
  })
})
