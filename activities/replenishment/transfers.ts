/** What a location could have from another one that has too much of it, proposed before anything is bought. */
import type { ExplainedTerm } from '../../models/replenishment/order-line.ts'
import {
  proposeTransfers as chooseTransfers,
  type Donor,
  needOf,
  type Transfer,
} from '../../models/replenishment/transfer.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { KnownLine } from './lines.ts'
import { type PlanQuestion, readKnownLines, readSuppliers } from './plan.ts'

/** Locations that one is given to by: those that could give most products. Each is planned for it once more. */
const GIVERS_MAX = 4
/** Pairs of a product and a giver that are looked at for one location. */
const PAIRS_MAX = 5_000
/** Until shortly before the next morning's run: what was not accepted by then is bought by it. */
const EXPIRES_AFTER_HOURS = 20
/** Days for which a product is bought after a transfer of it was refused or expired, so that no location waits for goods that do not come. */
const GIVEN_UP_DAYS = 7

const candidatesText = statement('replenishment/transfer_candidates.sql')
const insertText = statement('replenishment/insert_transfers.sql')

interface Candidate {
  locationId: string
  productId: string
  costPerTransfer: number
  costPerUnit: number
  days: number
}

/** As `ops.transfer_proposal.explanation` has it. */
export interface StoredTransfer {
  product_name: string
  terms: ExplainedTerm[]
}

/**
 * Proposes transfers of what the location would order on the next day on which it can. To be called by the only run that plans
 * the location: proposals count as on order there, and as reserved where they come from.
 *
 * @param supplierId left out: of what any supplier would be asked for
 * @param beat called after each piece of work; throws when the work is to end
 */
export async function proposeTransfers(
  client: PoolClient,
  question: PlanQuestion,
  supplierId: string | undefined,
  beat: () => void,
): Promise<void> {
  const { locationId, date, asOf } = question
  const { rows: candidates } = await client.query<Candidate>(candidatesText, [
    locationId,
    date,
    asOf,
    GIVERS_MAX,
    PAIRS_MAX,
    GIVEN_UP_DAYS,
  ])
  if (candidates.length === 0) return
  // What one location is promised, the next one's planner must see. A run that waits here holds the lock of the location that it
  // plans, and who is inside waits for no other, so that planners can't wait for each other in a circle.
  await client.query(`select pg_advisory_xact_lock(hashtextextended('replenishment-transfers', 0))`)
  const productIds = [...new Set(candidates.map(({ productId }) => productId))]
  const wanted = (await readLines(client, question, productIds, supplierId)).filter(({ input }) => needOf(input) > 0)
  beat()
  const givers = await readGivers(client, question, candidates, wanted, beat)
  const proposals = wanted.flatMap((line) => {
    const donors = givers.filter(
      ({ productId, currency }) => productId === line.productId && currency === line.currency,
    )
    return chooseTransfers({ locationId, line: line.input }, donors).map((transfer) => asRow(line, date, transfer))
  })
  await client.query(insertText, [date, asOf, EXPIRES_AFTER_HOURS, JSON.stringify(proposals)])
}

interface PricedLine extends KnownLine {
  /** ISO 4217 code of the supplier's prices. */
  currency: string
}

interface Giver extends Donor {
  productId: string
  currency: string
}

async function readLines(
  client: PoolClient,
  question: PlanQuestion,
  productIds: readonly string[],
  supplierId?: string,
): Promise<PricedLine[]> {
  const priced: PricedLine[] = []
  for (const supplier of await readSuppliers(client, question, supplierId)) {
    const lines = await readKnownLines(client, question, supplier, productIds)
    priced.push(...lines.map((line) => ({ ...line, currency: supplier.currency })))
  }
  return priced
}

/** Those who could give the goods, as they would be planned themselves. */
async function readGivers(
  client: PoolClient,
  question: PlanQuestion,
  candidates: readonly Candidate[],
  wanted: readonly PricedLine[],
  beat: () => void,
): Promise<Giver[]> {
  const products = new Set(wanted.map(({ productId }) => productId))
  const sought = candidates.filter(({ productId }) => products.has(productId))
  const givers: Giver[] = []
  for (const [locationId, pairs] of Map.groupBy(sought, (pair) => pair.locationId)) {
    const lines = await readLines(
      client,
      { ...question, locationId },
      pairs.map(({ productId }) => productId),
    )
    for (const { productId, currency, input } of lines) {
      const { costPerTransfer, costPerUnit, days } = pairs.find((pair) => pair.productId === productId)!
      givers.push({ productId, currency, locationId, line: input, lane: { costPerTransfer, costPerUnit, days } })
    }
    beat()
  }
  return givers
}

const asRow = ({ productId, productName, currency }: PricedLine, date: string, transfer: Transfer) => {
  const { from, to, quantity, gain, lane, goodForDays, terms } = transfer
  const explanation: StoredTransfer = { product_name: productName, terms }
  return {
    transfer_id: `TR-${productId}-${from}-${to}-${date.replaceAll('-', '')}`,
    product_id: productId,
    from_location_id: from,
    to_location_id: to,
    quantity,
    gain,
    currency,
    explanation,
    lead_time_days: lane.days,
    good_for_days: goodForDays,
  }
}
