import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedOrder, seedSupply } from '../../activities/purchase-orders/testing.ts'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { named } from '../access/testing.ts'
import { addApprover, nameDelegate, readApprovals, removeApprover } from './approvals.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
  await seedSupply(jobs.pool)
})
afterAll(() => jobs?.close())

const toFred = { delegateTo: 'fred', until: '2099-01-01T00:00:00Z' }

test('a role is given, delegated and taken away', async () => {
  await addApprover(jobs.pool, { person: 'eve', role: 'buyer', location: 'w1' }, undefined, named('test'))
  expect(await nameDelegate(jobs.pool, { person: 'eve' }, toFred, named('test'))).toBe(1)
  const eve = async () => (await readApprovals(jobs.pool)).approvers.filter(({ person }) => person === 'eve')
  expect(await eve()).toEqual([
    {
      person: 'eve',
      role: 'buyer',
      fromValue: '500',
      locationId: 'w1',
      delegateTo: 'fred',
      delegateUntil: '2099-01-01T00:00:00Z',
    },
  ])
  expect(await removeApprover(jobs.pool, { person: 'eve' })).toBe(1)
  expect(await eve()).toEqual([])
})

test('what waits is listed with who may decide', async () => {
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

test.each([
  [
    () => addApprover(jobs.pool, { person: 'eve', role: 'king' }, undefined, named('test')),
    'role "king" is unknown: use one of buyer, director, senior_buyer',
  ],
  [
    () => addApprover(jobs.pool, { person: 'shelfline', role: 'buyer' }, undefined, named('test')),
    'use the name of a person',
  ],
  [
    () => addApprover(jobs.pool, { person: ' ', role: 'buyer' }, undefined, named('test')),
    'person " " is not the name of a person',
  ],
  [
    () => nameDelegate(jobs.pool, { person: 'ann' }, { ...toFred, until: 'soon' }, named('test')),
    'until "soon" is not an instant',
  ],
  [() => nameDelegate(jobs.pool, { person: 'nobody' }, toFred, named('test')), 'approver "nobody" does not exist'],
  [() => removeApprover(jobs.pool, { person: 'ann', role: 'director' }), 'approver "ann" does not exist'],
])('is refused: %#', async (changed, problem) => {
  await expect(changed()).rejects.toThrow(problem)
})
