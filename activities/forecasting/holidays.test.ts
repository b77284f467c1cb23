import { describe, expect, test } from 'vitest'
import { holidaysOf } from './holidays.ts'

describe('holidaysOf', () => {
  test('knows a country by its name and by its code, and a feast that follows the moon', async () => {
    const china = await holidaysOf('China')
    expect(china).toContainEqual({ day: '2024-02-10', name: 'Spring Festival' })
    expect(await holidaysOf('cn')).toEqual(china)
    expect(new Set(china.map(({ day }) => day)).size).toBe(china.length)
  })

  test('has whole days off of the whole country only', async () => {
    const days = async (country: string) => new Set((await holidaysOf(country)).map(({ day }) => day))
    // Epiphany is one in three of the sixteen states.
    expect(await days('Germany')).not.toContain('2024-01-06')
    // Half a day.
    expect(await days('China')).not.toContain('2024-03-08')
    expect(await days('Japan')).toContain('2024-02-12')
  })

  test('has none for a country that it does not know', async () => {
    expect(await holidaysOf('Atlantis')).toEqual([])
  })
})
