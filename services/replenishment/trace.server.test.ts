import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestLake, type TestLake } from '../../lake/testing.ts'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { applicationId } from '../../streams/raw/raw-sink.ts'
import { type TraceNode, traceOrder } from './trace.ts'

let jobs: JobsDatabase
let lake: TestLake
beforeAll(async () => {
  ;[jobs, lake] = await Promise.all([createJobsDatabase(), openTestLake()])
})
afterAll(async () => {
  await lake?.close()
  await jobs?.close()
})

/** A raw table whose version `n` holds the messages below offset 100 × `n`. */
async function seedRawTable(): Promise<void> {
  const table = await lake.lake.ensureTable('raw/pos_transactions', {
    schema: [
      { name: 'event_id', type: 'string' },
      { name: 'date', type: 'date', nullable: false },
    ],
    partitionColumns: ['date'],
  })
  for (const position of [100, 200]) {
    const transactions = [0, 1].map((partition) => ({
      applicationId: applicationId({ topic: 'pos_transactions', partition }),
      version: position + partition,
    }))
    await table.append({ files: [], transactions })
  }
}

async function seedRun(run: number, asset: string, inputs: object, outputVersion: number | null): Promise<void> {
  await jobs.rows(
    `insert into ops.partition_runs (run, asset, date, status, workflow_id, run_id, reason, started_at, finished_at, inputs,
       output_version, code_version, rows, bytes, duration_ms)
     values ($1, $2, '2017-02-28', 'succeeded', 'w', 'r', 'scheduled', now(), now(), $3, $4, 'c', 5, 5, 5)`,
    [run, asset, JSON.stringify(inputs), outputVersion],
  )
}

async function seedLedger(): Promise<void> {
  await jobs.rows(
    `insert into ops.assets (asset, description, store, upstream, code_version, position)
     select asset, '', 'lake', '{}', '', place from unnest(array['cleansed/sales', 'features/demand', 'predictions/demand'])
       with ordinality as known (asset, place)`,
  )
  await seedRun(1, 'cleansed/sales', { 'raw/pos_transactions': 1, stores: '2017-01-01' }, 3)
  await seedRun(2, 'cleansed/sales', { 'raw/pos_transactions': 2 }, 9)
  await seedRun(3, 'features/demand', { 'cleansed/sales': 4 }, 1)
  await seedRun(
    4,
    'predictions/demand',
    { 'features/demand': 1, 'model/demand': 'v3 models/demand/v3', horizon: '42' },
    1,
  )
  await seedRun(5, 'fact_forecast', { 'predictions/demand': 1 }, null)
  await seedRun(6, 'fact_forecast', { 'predictions/demand': 99 }, null)
  await jobs.rows(
    `insert into ops.model_version (model_name, version, trained_from, trained_through, artefact, code_version, seed, parameters,
       inputs, training_rows, duration_ms, workflow_id, decision)
     values ('demand', 3, '2016-01-01', '2017-02-01', 'models/demand/v3', 'm', 1, '{}', '{"features/demand": 1}', 9, 9, 'train',
       'promoted')`,
  )
}

async function seedOrder(): Promise<void> {
  await jobs.rows(
    `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, currency, total_value, created_at,
       updated_at) values ('PO-1', 'acme', 'w1', '2017-03-01', 'USD', 30, now(), now())`,
  )
  const forecast = { forecast_date: '2017-02-28', forecast_run: 5, models: ['demand@3'], usual: null }
  const usual = { forecast_date: null, forecast_run: null, models: [], usual: 'sales rate' }
  for (const [index, provenance] of [forecast, forecast, usual].entries()) {
    await jobs.rows(
      `insert into ops.purchase_order_line (purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation)
       values ('PO-1', $1, $2, 1, 1, 10, $3)`,
      [index + 1, `p${index}`, JSON.stringify({ provenance })],
    )
  }
}

const outline = ({ name, from }: TraceNode): unknown => (from.length === 0 ? name : { [name]: from.map(outline) })

test('walks from an order to the offsets in Kafka that its forecast knew', async () => {
  await Promise.all([seedRawTable(), seedLedger(), seedOrder()])
  const root = await traceOrder(jobs.pool, lake.lake, 'PO-1')
  expect(outline(root!)).toEqual({
    'PO-1': [
      {
        'demand by demand@3 of 2017-02-28': [
          {
            'fact_forecast 2017-02-28': [
              {
                'predictions/demand 2017-02-28': expect.arrayContaining([
                  'horizon',
                  { 'demand@3': ['features/demand'] },
                  {
                    'features/demand 2017-02-28': [
                      {
                        'cleansed/sales 2017-02-28': expect.arrayContaining([
                          'stores',
                          { 'raw/pos_transactions': ['pos_transactions/0', 'pos_transactions/1'] },
                        ]),
                      },
                    ],
                  },
                ]),
              },
            ],
          },
        ],
      },
      { 'demand by usual demand': ['sales rate'] },
    ],
  })
  const offsets: unknown[] = []
  const collect = ({ kind, facts, from }: TraceNode): void => {
    if (kind === 'kafka') offsets.push(facts)
    for (const child of from) collect(child)
  }
  collect(root!)
  expect(offsets).toEqual([{ 'offsets below': 100 }, { 'offsets below': 101 }])
})

test('reports what is no longer known, and knows no order that does not exist', async () => {
  await jobs.asOwner(`delete from ops.partition_runs where asset = 'features/demand'`)
  const text = JSON.stringify(await traceOrder(jobs.pool, lake.lake, 'PO-1'))
  expect(text).toContain('none in the ledger')
  await expect(traceOrder(jobs.pool, lake.lake, 'PO-2')).rejects.toThrow('order "PO-2" does not exist')
})
