/** What the pages about sources show in tests, and the part of Kafka Connect's REST API that they ask. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export const sourceSeed: readonly string[] = [
  `insert into ref.cdc_map (map_id, change_topic, topic, map, changed_by) values
     ('stock', 'erp.public.stock', 'inventory_updates', 'topic: inventory_updates', 'dan'), ('prices', 'erp.public.prices', 'price_changes', 'topic: price_changes', 'dan')`,
  `insert into ops.cdc_stream (map_id, epoch, topic_id, position, messages, events, rejected, changed_at, problem)
   values ('stock', 1, gen_random_uuid(), 4000, 4000, 3999, 1, now(), null), ('prices', 1, gen_random_uuid(), 10, 10, 0, 0, now(), 'erp.public.prices has no column "amount"')`,
  `insert into ops.cdc_row (map_id, row_id, row_key, image, at_us, seen_at, slice, before_image, before_at_us)
   values ('stock', gen_random_uuid(), '{"id": 1}', '{}', 2, 1, 7, '{}', 1)`,
  `insert into ref.event_source (source_id, topic, scheme, tolerance_seconds, secret, body_bytes_max, body_events_max, depth_max, events_per_second, is_strict, changed_by)
   values ('tills', 'pos_transactions', 'standard-webhooks', 300, 'whsec_not-for-pages', 1048576, 10000, 50, 2000, false, 'dan')`,
  `insert into ref.device (device_id, store_id, source_ids, sensor, shelf_id, password_hash, changed_by)
   values ('scale-7', '367', '{tills}', 'shelf', 'M1', sha256('a'), 'dan'), ('door-1', '367', '{tills}', 'door', null, sha256('b'), 'dan'),
     ('gate-2', '406', '{tills}', 'gateway', null, sha256('c'), 'dan')`,
  `insert into state.device (device_id, store_id, sensor, status, session_id, connected_at, status_at, reason, reported, reported_topic, reported_at)
   values ('scale-7', '367', 'shelf', 'alive', 's', now() - interval '1 hour', now(), null, 'battery <7 %>', 'battery', now()),
     ('door-1', '367', 'door', 'alive', 's', now() - interval '1 day', now() - interval '20 minutes', null, null, null, null)`,
]

export interface ConnectStandIn {
  url: string
  /** What it was asked to do. */
  asked: string[]
  close(): Promise<void>
}

/** One connector, whose task has failed until it is started again. */
export async function startConnect(): Promise<ConnectStandIn> {
  const asked: string[] = []
  let [connector, task] = ['RUNNING', 'FAILED']
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://connect')
    const send = (status: number, body: object = {}) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method !== 'GET') asked.push(`${request.method} ${pathname}`)
    if (pathname.endsWith('/pause')) connector = task = 'PAUSED'
    else if (pathname.endsWith('/resume') || pathname.endsWith('/restart')) connector = task = 'RUNNING'
    else if (pathname.endsWith('/offsets')) {
      return void send(200, { offsets: [{ partition: { server: 'erp' }, offset: { lsn: 4711 } }] })
    } else if (pathname === '/connectors') {
      return void send(200, {
        erp: {
          info: {
            name: 'erp',
            type: 'source',
            config: {
              'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
              'database.password': 'secret:erp',
            },
          },
          status: {
            connector: { state: connector, worker_id: 'w' },
            tasks: [
              {
                id: 0,
                state: task,
                worker_id: 'w',
                ...(task === 'FAILED' && { trace: 'x\nCaused by: the slot is <b>gone</b>' }),
              },
            ],
          },
        },
      })
    }
    send(202)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
