import { expect, test } from 'vitest'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { type WhatIfChange, whatIf } from './whatif.ts'

test.each<[string, WhatIfChange]>([
  ['no change is given', {}],
  ['serviceTarget 1 is not between 0 and 1', { serviceTarget: 1 }],
  ['leadTimeDays 1.5 is not a whole number', { leadTimeDays: 1.5 }],
  ['budgetPerDay -5 is not an amount of money', { budgetPerDay: -5 }],
])('is refused before anything is read: %s', async (problem, change) => {
  const asked = whatIf({ pool: {} as Pool, timeZone: 'UTC' }, { change }, () => undefined)
  await expect(asked).rejects.toThrow(problem)
})
