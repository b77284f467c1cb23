import { afterAll, beforeAll, expect, it } from 'vitest'
import { seedOrder, seedSupply } from '../../activities/purchase-orders/testing.ts'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { changeApprover, readApprovals } from './decide.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
  await seedSupply(jobs.pool)
})
afterAll(() => jobs?.close())

it('who may approve is given, delegated and taken away', async () => {
  await changeApprover(jobs.pool, 'eve', { role: 'buyer', location: 'w1', by: 'test' })
  await changeApprover(jobs.pool, 'eve', { delegateTo: 'fred', until: '2099-01-01T00:00:00Z' })
  const eve = async () => (await readApprovals(jobs.pool)).approvers.filter(({ person }) => person === 'eve')
  expect(await eve()).toEqual([
    {
      ...{ person: 'eve', role: 'buyer', fromValue: '500', locationId: 'w1' },
      ...{ delegateTo: 'fred', delegateUntil: '2099-01-01T00:00:00Z' },
    },
  ])
  await changeApprover(jobs.pool, 'eve', { remove: true })
  expect(await eve()).toEqual([])
})

it('what waits is told with who may decide', async () => {
  const id = await seedOrder(jobs.pool, { location: 'w2' })
  await jobs.rows(
    `update ops.purchase_order set status = 'awaiting_approval', approval_role = 'buyer', approvals_needed = 1
     where purchase_order_id = $1`,
    [id],
  )
  expect((await readApprovals(jobs.pool)).waiting).toMatchObject([
    {
      purchaseOrderId: id,
      role: 'buyer',
      given: 0,
      needed: 1,
      whoMay: ['ann', 'bob', 'cleo', 'dan'],
      isEscalated: false,
    },
  ])
})

it.each([
  [{}, 'give --role, --delegate-to with --until, or --remove'],
  [{ role: 'king' }, '--role king is in no approval tier: they have buyer, director, senior_buyer'],
  [{ delegateTo: 'fred' }, '--delegate-to and --until go together'],
  [{ delegateTo: 'fred', until: 'soon' }, '--until soon is not an instant'],
  [{ remove: true }, 'nobody has no such role'],
])('%j is refused', async (flags, told) => {
  await expect(changeApprover(jobs.pool, 'nobody', flags)).rejects.toThrow(told)
})
