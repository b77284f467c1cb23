/**
 * An ERP in PostgreSQL feeds products, prices and stock through Debezium, while rows are changed and deleted and everything between is
 * killed: in the end both sides are equal.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentOf, shelfline } from '../../cli/testing.ts'
import { type Erp, startConnect, startErp, type TestConnect, writeSecret } from '../../scripts/testing/erp.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import { readAll, startTestMapper } from './testing.ts'

const examples = join(import.meta.dirname, '..', '..', 'data', 'examples')
const MAPS = ['articles', 'prices', 'stock']
const STORES = ['S1', 'S2', 'S3']

let world: World
let erp: Erp
let connect: TestConnect
let mapper: ChildProcess
let folder: string
let prefix: string

beforeAll(async () => {
  world = await createWorld()
  prefix = `erp${world.topics.suffix.replaceAll('.', '-')}`
  folder = mkdtempSync(join(tmpdir(), 'shelfline-erp-test-'))
  ;[erp, connect] = await Promise.all([startErp(), startConnect(world.settings)])
  writeSecret(connect.secretsFolder, 'erp', erp.password)
}, 600_000)
afterAll(async () => {
  if (mapper !== undefined) await killHard(mapper)
  await connect?.close()
  await erp?.close()
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A command as a person types it. */
const run = (...words: string[]) =>
  shelfline(words, {
    ...environmentOf(world.settings),
    SHELFLINE_CONNECT_URL: connect.url,
    SHELFLINE_CONNECT_SECRETS: connect.secretsFolder,
  })

/** An example with the names and addresses of this test. */
function file(path: string, changes: Readonly<Record<string, string>>): string {
  const text = Object.entries(changes).reduce(
    (all, [from, to]) => all.replaceAll(from, to),
    readFileSync(join(examples, path), 'utf8'),
  )
  const copy = join(folder, path.replaceAll('/', '-'))
  writeFileSync(copy, text)
  return copy
}

const connector = () =>
  file('connectors/erp-postgres.yaml', {
    'database.port: 5432': `database.port: ${erp.port}`,
    'topic.prefix: erp': `topic.prefix: ${prefix}`,
  })

const articleOf = (index: number) => `erp-${index}`
const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)]!
const amount = (digits: number) => (Math.random() * 1_000).toFixed(digits)

/** One change as an ERP makes them, of any kind. */
async function changeErp(): Promise<void> {
  const article = articleOf(Math.floor(Math.random() * 60))
  const store = pick(STORES)
  const kind = Math.random()
  if (kind < 0.35) {
    await erp.query(
      'insert into stock values ($1, $2, $3) on conflict (store, article_no) do update set quantity = stock.quantity + excluded.quantity - 300',
      [store, article, amount(3)],
    )
  } else if (kind < 0.5) await erp.query('delete from stock where store = $1 and article_no = $2', [store, article])
  else if (kind < 0.75) {
    await erp.query(
      'insert into price values ($1, $2, $3) on conflict (store, article_no) do update set amount = excluded.amount',
      [store, article, amount(4)],
    )
  } else if (kind < 0.8) {
    // Two prices in one transaction: the second counts.
    await erp.query(
      `with first as (select 1) update price set amount = amount + 1 where store = '${store}' and article_no = '${article}';
       update price set amount = ${amount(2)} where store = '${store}' and article_no = '${article}'`,
    )
  } else if (kind < 0.83) {
    // The key of a row changes.
    await erp.query(
      `update stock set store = $2 where store = $1 and article_no = $3
         and not exists (select from stock as other where other.store = $2 and other.article_no = $3)`,
      [store, pick(STORES), article],
    )
  } else {
    await erp.query(
      `insert into article values ($1, $2, $3, null, repeat('x', 4000))
       on conflict (article_no) do update set title = excluded.title, category = excluded.category`,
      [article, `Ärtikel ${amount(2)}`, pick(['tea', 'salt', null])],
    )
  }
}

async function workFor(milliseconds: number): Promise<void> {
  const endAt = performance.now() + milliseconds
  while (performance.now() < endAt) {
    await changeErp().catch((error: Error & { code?: string }) => {
      // The server is away for a moment. A mistake in a statement is none of these.
      if (error.code?.startsWith('42')) throw error
    })
    await pause(2)
  }
}

interface Side {
  articles: unknown
  prices: unknown
  stock: unknown
}

const sorted = (rows: Record<string, unknown>[]) => rows.map((row) => Object.values(row).join('|')).sort()

async function ofErp(): Promise<Side> {
  return {
    articles: sorted(await erp.query('select article_no, title, category from article')),
    prices: sorted(await erp.query('select store, article_no, trim_scale(amount) as amount from price')),
    stock: sorted(
      await erp.query('select store, article_no, trim_scale(quantity) as quantity from stock where quantity <> 0'),
    ),
  }
}

async function ofShelfline(): Promise<Side> {
  const query = async (text: string) => (await world.pool.query<Record<string, unknown>>(text)).rows
  return {
    articles: sorted(await query('select product_id, name, category from ref.products')),
    prices: sorted(
      await query(
        `select distinct on (store_id, product_id) store_id, product_id, trim_scale(price) as price from state.price
         order by store_id, product_id, valid_from desc`,
      ),
    ),
    stock: sorted(
      await query('select store_id, product_id, trim_scale(on_hand) as on_hand from state.stock where on_hand <> 0'),
    ),
  }
}

test('an ERP and Shelfline are equal, whatever was killed between them', { timeout: 1_200_000 }, async () => {
  await erp.query(
    `insert into article select 'erp-' || number, 'Article ' || number, 'tea', 'ours', null from generate_series(0, 39) as number;
     insert into price select store, 'erp-' || number, 9.9900 from generate_series(0, 39) as number, unnest(array['S1', 'S2', 'S3']) as store;
     insert into stock select store, 'erp-' || number, 100 from generate_series(0, 39) as number, unnest(array['S1', 'S2', 'S3']) as store`,
  )
  expect(await run('connectors', 'apply', connector())).toMatchObject({ code: 0, error: '' })
  for (const name of MAPS) {
    const map = file(`cdc/${name}.yaml`, { 'erp.public': `${prefix}.public` })
    expect(await run('cdc', 'add', name, '--map', map)).toMatchObject({ code: 0, error: '' })
  }
  mapper = startTestMapper(world)
  await world.start(['reference_data', 'sales_state', 'enriched_sales'])
  await isEqual('after the snapshot')

  // Each is killed while the ERP works.
  const working = workFor(25_000)
  await pause(4_000)
  await killHard(mapper)
  mapper = startTestMapper(world)
  await pause(4_000)
  await connect.kill()
  await connect.start()
  await erp.crash()
  await killHard(mapper)
  mapper = startTestMapper(world)
  await working
  await workFor(3_000)
  // What has failed while its database was away is started again, as a person does it.
  await run('connectors', 'restart', 'erp', '--failed')
  await isEqual('after the kills')

  // Rows that a deleted price belonged to stay known: what is there is equal, what is gone was never wrong.
  const events = await readAll(world.topics.kafka, `inventory_updates${world.topics.suffix}`)
  const ids = events.map(({ value }) => (JSON.parse(String(value)) as { event_id: string }).event_id)
  expect(new Set(ids).size).toBe(ids.length)
  const { rows } = await world.pool.query('select count(*) as dead from ops.dead_letters')
  expect(rows[0]).toEqual({ dead: 0 })

  // A table that is emptied at once.
  await erp.query('truncate stock')
  await isEqual('after the table was emptied')

  // A column is added, another is renamed: the map stops at that change, and continues with its new form.
  await erp.query(`alter table article add column colour text;
    insert into article values ('erp-new', 'With a colour', 'tea', null, null, 'red')`)
  await isEqual('after a column was added')
  await erp.query(
    `alter table article rename column title to name; update article set name = 'Renamed' where article_no = 'erp-new'`,
  )
  await until('the map has stopped', 120_000, async () => (await run('cdc', 'list')).code === 1)
  const map = file('cdc/articles.yaml', { 'erp.public': `${prefix}.public`, 'name: title': 'name: name' })
  expect(await run('cdc', 'set', 'articles', '--map', map)).toMatchObject({ code: 0 })
  await until('the new name is there', 120_000, async () => {
    const found = await world.pool.query("select from ref.products where product_id = 'erp-new' and name = 'Renamed'")
    return found.rowCount === 1
  })

  // Pause and resume, as a person does it.
  expect(await run('connectors', 'pause', 'erp')).toMatchObject({ code: 0, out: 'erp is paused\n' })
  await until('it is paused', 60_000, async () => /paused/.test((await run('connectors', 'list')).out))
  expect(await run('connectors', 'resume', 'erp')).toMatchObject({ code: 0 })
  expect((await run('connectors', 'offsets', 'erp')).out).toMatch(/lsn/)
  const shown = await run('connectors', 'show', 'erp')
  expect(shown.out).toMatch(/\$\{secret:erp\}/)
  expect(shown.out).not.toContain(erp.password)
})

/** What is deleted in the ERP stays in `ref.products` and in the timeline of prices: there, only what exists is compared. */
async function isEqual(when: string): Promise<void> {
  let last: { erp: Side; shelfline: Side } | undefined
  const keyOf = (line: string, columns: number) => line.split('|').slice(0, columns).join('|')
  const only = (lines: unknown, like: unknown, columns: number) => {
    const keys = new Set((like as string[]).map((line) => keyOf(line, columns)))
    return (lines as string[]).filter((line) => keys.has(keyOf(line, columns)))
  }
  await until(
    `both sides are equal ${when}`,
    240_000,
    async () => {
      const [one, other] = [await ofErp(), await ofShelfline()]
      last = {
        erp: one,
        shelfline: {
          articles: only(other.articles, one.articles, 1),
          prices: only(other.prices, one.prices, 2),
          stock: other.stock,
        },
      }
      return JSON.stringify(last.erp) === JSON.stringify(last.shelfline)
    },
    500,
  ).catch((error: Error) => {
    expect(last!.shelfline, error.message).toEqual(last!.erp)
    throw error
  })
}
