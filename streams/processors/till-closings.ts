/**
 * What tills report at the end of their day, to be compared with what is loaded.
 *
 * **State**: `ops.till_closing`, one row per till and day; read through `bi.till_reconciliation` and the alert `till_difference`.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - Per till and day the closing with the newest `event_at` applies, in whatever order they arrive: a till that sold after its closing
 *   sends another.
 * - One without a change, because it or a newer one arrived before, counts as a duplicate.
 */
import { mergingProcessor } from '../runtime/merging-processor.ts'

export const tillClosings = mergingProcessor('till_closings', { till_closings: 'merge_till_closings' })
