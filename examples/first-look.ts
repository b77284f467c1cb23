/**
 * A first look at sales, as in a notebook: what the columns of a file hold, which products sold most, and how weekdays differ.
 *
 *     node examples/first-look.ts
 *
 * Danfo.js is for tables that a person looks at, some thousands of rows: beyond that DuckDB is the tool. The same profile is
 * printed by `shelfline import FILE --profile`, and of a table of the lake by `shelfline lake profile TABLE`.
 */
import { readCSV } from 'danfojs-node'
import { printProfile } from '../cli/profile.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { profileFile } from '../sources/profile-file.ts'

const FILE = 'data/examples/forecasts/sales.csv'
const SHOWN = 5

printProfile(FILE, await profileFile({ file: FILE, settings: loadSettings() }))

const sales = await readCSV(FILE)
console.log(`\nThe ${SHOWN} products that sold most`)
const products = sales.groupby(['product']).col(['sold']).sum()
products.sortValues('sold_sum', { ascending: false }).head(SHOWN).print()

console.log('\nUnits by weekday, 0 is Sunday')
sales.addColumn(
  'weekday',
  sales.column('day').apply((day: string) => new Date(day).getUTCDay()),
  { inplace: true },
)
sales.groupby(['weekday']).col(['sold']).sum().sortValues('weekday').print()
