import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { named } from '../../services/access/testing.ts'
import { approveMarkdown, denyMarkdown, listMarkdowns, readMarkdown } from '../../services/pricing/markdowns.ts'
import { listElasticities, whatIfPrice } from '../../services/pricing/prices.ts'
import { createJobsDatabase, type JobsDatabase, minutes, seedShelf, seedWarehouse } from '../../sql/jobs/testing.ts'
import { learnPrices } from './evidence.ts'
import { planMarkdowns } from './markdowns.ts'

let database: JobsDatabase
beforeEach(async () => {
  database = await createJobsDatabase()
})
afterEach(() => database?.close())

const quiet = () => undefined
const rows = <Row extends object>(text: string, values?: unknown[]) => database.rows<Row>(text, values)
const plan = (minute = 0) => planMarkdowns(database.pool, new Date(minutes(minute)), quiet)

/** The business clock of services: noon and this many minutes. */
const setClock = (minute: number) =>
  rows(
    `insert into ops.clock (simulated_now, speed, run_id, seed) values ($1, 1, 'test', 1)
     on conflict (is_only) do update set simulated_now = excluded.simulated_now`,
    [minutes(minute)],
  )

const lot = (batch: string, units: number, expires: string, product = 'tea') =>
  rows(
    `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
     values ('s1', $4, $1, $2, 0, $3, '2017-02-20', '2017-02-20')`,
    [batch, units, expires, product],
  )

const policy = (values: Record<string, number | string>) =>
  rows(
    `insert into ref.policy (kind, policy_id, effective_at, event_id, place_id, changed_by, reason, ${Object.keys(values).join(', ')})
     values ('shelf', 's1', now(), 'e', 's1', 'maria', 'test', ${Object.values(values).map((value) => `'${value}'`)})`,
  )

/** A hundred and fifty units that expire tomorrow, of what sells eight a day for 2.00. */
async function tooMuch(): Promise<void> {
  await seedShelf(database, { onShelf: 150, capacity: 200 })
  await lot('old', 150, '2017-03-02')
}

describe('a plan', () => {
  test('marks down what would expire, explains it, and is made once until the review', async () => {
    await tooMuch()
    await seedShelf(database, { product: 'milk', onShelf: 3 })
    await lot('few', 3, '2017-03-02', 'milk')
    await seedWarehouse(database, { next: { units: 10, expires: '2017-03-05' } })
    expect(await plan()).toBe(2)
    expect(await plan(5)).toBe(0)
    const { percent, bestPercent, state, explanation } = await readMarkdown(database.pool, {
      store: 's1',
      product: 'tea',
    })
    expect([percent, state]).toEqual(['50', 'proposed'])
    expect(Number(bestPercent)).toBeGreaterThan(50)
    expect(explanation).toMatchObject({
      unitsPerDay: 8,
      elasticityOf: 'publications',
      stored: [{ units: 10, days: 4 }],
      listPrice: 2,
      unitCost: 1.4,
      isCostAssumed: true,
    })
    const earned = (wanted: string) => explanation.options.find(({ percent: of }) => of === Number(wanted))!.earned
    expect(earned(bestPercent)).toBeGreaterThan(earned('50'))
    expect(earned('50')).toBeGreaterThan(earned('0'))
    expect((await readMarkdown(database.pool, { store: 's1', product: 'milk' })).percent).toBe('0')
    expect((await listMarkdowns(database.pool)).items.map(({ product }) => product)).toEqual(['tea'])
    expect((await listMarkdowns(database.pool, { all: true })).items).toHaveLength(2)
    // 15:00 in New York.
    expect(await plan(181)).toBe(2)
    expect(await plan(200)).toBe(0)
  })

  test('is what the job follows; without one it takes the fixed percentage from eight o’clock on', async () => {
    await tooMuch()
    await plan(-8 * 60)
    await database.run('discount_near_expiry', minutes(-8 * 60))
    expect(await database.sent('price_changes')).toMatchObject([{ new_price: '1', reason: 'markdown' }])
    await rows(`update ops.markdown_plan set percent = 60, best_percent = 60`)
    await database.run('discount_near_expiry', minutes(10))
    expect(await database.sent('price_changes')).toMatchObject([
      { old_price: '1', new_price: '0.8', reason: 'markdown' },
    ])
    expect(await database.sent('daily_discounts')).toMatchObject([{ percent: '50' }, { percent: '60' }])
    // Midnight: until the day has a plan, the label stays.
    await database.run('discount_near_expiry', minutes(12 * 60 + 5))
    expect(await database.sent('price_changes')).toEqual([])
    await database.run('discount_near_expiry', minutes(21 * 60))
    expect(await database.sent('price_changes')).toMatchObject([{ old_price: '0.8', new_price: '1.4' }])
  })

  test('leaves a promotion that is lower, and gives its price back', async () => {
    await tooMuch()
    const price = (event: string, minute: number, cents: string, reason: string, promotion: string | null = null) =>
      rows(`insert into state.price values ('s1', 'tea', $1, $2, $3, $4, $5)`, [
        minutes(minute),
        event,
        cents,
        reason,
        promotion,
      ])
    await price('list', -9000, '2', 'regular')
    await price('promotion', -600, '0.9', 'promotion', 'spring')
    await policy({ markdown_method: 'fixed', markdown_percent: 40 })
    await database.run('discount_near_expiry')
    expect(await database.sent('price_changes')).toEqual([])
    await rows(`update state.price set price = 1.5 where event_id = 'promotion'`)
    await database.run('discount_near_expiry', minutes(10))
    expect(await database.sent('price_changes')).toMatchObject([{ new_price: '1.2', reason: 'markdown' }])
    await rows('update state.shelf set picked = 150')
    await database.run('discount_near_expiry', minutes(20))
    expect(await database.sent('price_changes')).toMatchObject([
      { old_price: '1.2', new_price: '1.5', reason: 'promotion', promotion_id: 'spring' },
    ])
  })

  test('keeps to the limits of the policy; a fixed percentage is not planned', async () => {
    await tooMuch()
    await policy({ markdown_percent_max: 35 })
    await plan()
    expect((await readMarkdown(database.pool, { store: 's1', product: 'tea' })).percent).toBe('35')
    await rows(`delete from ops.markdown_plan`)
    await rows(`update ref.policy set markdown_method = 'fixed'`)
    expect(await plan()).toBe(0)
  })

  test('uses what the store’s product was learnt to answer', async () => {
    await tooMuch()
    const learnt = (level: string, category: string, member: string, elasticity: number) =>
      rows(`insert into state.price_response values ($1, $2, $3, $4, 0.2, 50, 30, 1, 1, '2017-03-01')`, [
        level,
        category,
        member,
        elasticity,
      ])
    await learnt('category', 'drinks', '', 1.5)
    await learnt('product', 'drinks', 'tea', 1.8)
    await learnt('store', 'drinks', 's1', 1.2)
    await plan()
    const { explanation } = await readMarkdown(database.pool, { store: 's1', product: 'tea' })
    expect(explanation.elasticityOf).toBe('product')
    expect(explanation.elasticity).toBeCloseTo(1.5, 6)
  })
})

describe('a deeper markdown', () => {
  const key = { store: 's1', product: 'tea' }
  const decision = { by: named('maria'), why: 'too much is left' }

  test('holds once a person with a role has approved it, and through the review', async () => {
    await tooMuch()
    await policy({ markdown_percent_max: 60 })
    await plan()
    await setClock(5)
    await expect(approveMarkdown(database.pool, key, decision)).rejects.toThrow('maria has no role for store s1')
    await rows(
      `insert into ref.approver (person, role, location_id, changed_by) values ('maria', 'buyer', 'w1', 'test')`,
    )
    const wanted = (await readMarkdown(database.pool, key)).bestPercent
    expect(await approveMarkdown(database.pool, key, decision)).toMatchObject({ state: 'approved', percent: wanted })
    expect(await approveMarkdown(database.pool, key, decision)).toMatchObject({ state: 'approved' })
    await expect(denyMarkdown(database.pool, key, decision)).rejects.toThrow('is approved')
    await plan(181)
    expect(await readMarkdown(database.pool, key)).toMatchObject({
      state: 'approved',
      decidedBy: 'maria',
      percent: wanted,
    })
  })

  test('that is denied is not asked for again on the day; the next day is another', async () => {
    await tooMuch()
    await plan()
    await setClock(5)
    await rows(
      `insert into ref.approver (person, role, location_id, changed_by) values ('maria', 'buyer', null, 'test')`,
    )
    expect(await denyMarkdown(database.pool, key, decision)).toMatchObject({ state: 'denied', percent: '50' })
    await plan(181)
    expect(await readMarkdown(database.pool, key)).toMatchObject({ state: 'denied', percent: '50', bestPercent: '50' })
    await plan(24 * 60)
    expect(await readMarkdown(database.pool, key)).toMatchObject({ day: '2017-03-02', state: 'proposed' })
    await setClock(3 * 24 * 60)
    await expect(approveMarkdown(database.pool, key, decision)).rejects.toThrow('is over')
  })
})

/** Eight hours a day of ten visitors: three units an hour at 2.00, six in the week of a promotion at 1.40. */
async function sellThreeWeeks(): Promise<void> {
  await seedShelf(database, { onShelf: 40 })
  await rows(`select state.ensure_days(array['sales_hour'],
    array(select day::date from generate_series(date '2017-02-20', date '2017-03-02', interval '1 day') as day))`)
  await rows(
    `insert into state.sales_hour (store_id, product_id, window_start, local_start, units, revenue, returned_units,
       returned_revenue, lines, transactions, entries, exits)
     select 's1', product, local_start at time zone 'America/New_York', local_start,
       case when local_start::date between '2017-02-27' and '2017-02-28' then 6 else 3 end, 6, 0, 0, 1, 1,
       case product when '' then 10 else 0 end, 0
     from generate_series(timestamp '2017-02-20 00:00', timestamp '2017-03-01 23:00', interval '1 hour') as local_start,
       unnest(array['', 'tea']) as product
     where extract(hour from local_start) between 8 and 15`,
  )
  const price = (event: string, at: string, amount: string, reason: string) =>
    rows(`insert into state.price values ('s1', 'tea', $1, $2, $3, $4, null)`, [at, event, amount, reason])
  await price('a', '2017-01-01T00:00:00-05:00', '2', 'regular')
  await price('b', '2017-02-27T00:00:00-05:00', '1.4', 'promotion')
  await price('c', '2017-03-01T00:00:00-05:00', '2', 'regular')
}

describe('what is learnt of prices', () => {
  test('is learnt once a day and store, from what was sold per visitor; then what demand answers', async () => {
    await sellThreeWeeks()
    const learn = (at: string) => learnPrices(database.pool, new Date(at), 20, quiet)
    // On the second of March: the week before.
    expect(await learn('2017-03-02T12:00:00-05:00')).toBe(7)
    expect(await learn('2017-03-02T13:00:00-05:00')).toBe(0)
    const [usual] = await rows<{ units: number; exposure: number; days: number }>('select * from state.price_usual')
    expect(usual!.units / usual!.exposure).toBeCloseTo(0.3, 6)
    expect(
      await rows(
        'select reason, depth_step, round((sold / expected)::numeric, 3)::text as ratio from state.price_answer',
      ),
    ).toEqual([{ reason: 'promotion', depth_step: 12, ratio: '2.000' }])
    const { items } = await listElasticities(database.pool)
    expect(items).toMatchObject([{ category: 'drinks', level: 'category' }])
    // Twice as much at 0.7 is 1.94, drawn to the published mean and shared with the promotion.
    expect(items[0]!.elasticity).toBeGreaterThan(1.5)
    expect(items[0]!.elasticity).toBeLessThan(2.3)
    expect((await listElasticities(database.pool, { level: 'product' })).items).toMatchObject([
      { member: 'tea', name: 'Tea' },
    ])
  })

  test('counts hours without the product for less, and a store without a door by who paid', async () => {
    await sellThreeWeeks()
    await rows(`update state.sales_hour set entries = 0, transactions = 20 where product_id = ''`)
    await rows(`update state.sales_hour set units = 0 where product_id = 'tea' and extract(hour from local_start) > 11`)
    await rows(
      `insert into state.availability_hour
       select window_start, 's1', 'tea', 0 from state.sales_hour where product_id = '' and extract(hour from local_start) > 11`,
    )
    await learnPrices(database.pool, new Date('2017-03-02T12:00:00-05:00'), 20, quiet)
    const [usual] = await rows<{ units: number; exposure: number }>('select * from state.price_usual')
    expect(usual!.units / usual!.exposure).toBeCloseTo(0.15, 6)
  })

  test('answers what another price would bring', async () => {
    await tooMuch()
    await setClock(0)
    await rows(
      `insert into state.price_response values ('category', 'drinks', '', 2, 0.25, 50, 30, 1.2, 1, '2017-03-01')`,
    )
    const answer = await whatIfPrice(database.pool, { store: 's1', product: 'tea', price: 1 })
    expect(answer).toMatchObject({
      listPrice: 2,
      elasticityOf: 'category',
      present: { units: 8, margin: expect.closeTo(4.8, 6) },
    })
    expect(answer.asked).toMatchObject({ units: 32, revenue: 32, margin: expect.closeTo(-12.8, 6) })
    expect(answer.asked.unitsLow).toBeLessThan(32)
    // Twice the cost.
    expect(answer.best.price).toBeCloseTo(2.8, 6)
    expect(answer.markdowns.length).toBeGreaterThan(10)
    const promoted = await whatIfPrice(database.pool, { store: 's1', product: 'tea', price: 1, isPromotion: true })
    expect(promoted.asked.units).toBeCloseTo(38.4, 6)
    await expect(whatIfPrice(database.pool, { store: 's1', product: 'tea', price: 9 })).rejects.toThrow(
      'too far from the list price',
    )
    await expect(whatIfPrice(database.pool, { store: 's1', product: 'rum', price: 1 })).rejects.toThrow('rum')
  })
})
