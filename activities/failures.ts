import { ApplicationFailure } from '@temporalio/activity'

/** Every type of failure that an activity or a workflow of ours raises; a retry policy names what it does not retry. */
export type FailureType =
  /** The workflow's input can't be: a day that no calendar has, an asset that does not exist. Not retried. */
  | 'InvalidInput'
  /** A blocking check refused the new partition; the old one is kept. Not retried: the same inputs give the same rows. */
  | 'ChecksFailed'
  /** Another workflow builds this partition now. Retried. */
  | 'PartitionBusy'
  /** Another run has taken this partition over. Retried, as a new run. */
  | 'PartitionLost'
  /** Some partitions of the day could not be built; the ledger has which and why. Not retried. */
  | 'PartitionsFailed'
  /** Some of the minute jobs failed; the others have run. Not retried: the next minute is. */
  | 'JobsFailed'
  /** Some models could not be trained; the others have been. Not retried. */
  | 'ModelsFailed'
  /** There is too little history to train a model on. Not retried: the model is skipped until there is more. */
  | 'TooLittleHistory'
  /** A champion does not fit what this version makes or is not whole. Not retried: train again, or roll back. */
  | 'ModelUnusable'
  /** Some locations could not be planned; the others have been. Not retried: a run of the same day writes no order twice. */
  | 'LocationsFailed'
  /** A step of a purchase order that can't be taken: it was decided already. Not retried. */
  | 'OrderRefused'
  /** A step of a purchase order that this person may not take. Not retried. */
  | 'OrderForbidden'
  /** A supplier did not confirm an order. Retried: they may have it, and recognise it by its id. */
  | 'SupplierAway'
  /** The Power BI service is not reached, or asks for a pause. Retried. */
  | 'PowerBiAway'
  /** The Power BI service refuses what is asked: a right or an id is wrong. Not retried. */
  | 'PowerBiRefused'
  /** A refresh of the semantic model ended without success. Not retried: the service has tried it again itself. */
  | 'PowerBiFailed'

/** A failure that no retry can mend. */
export const refuse = (type: FailureType, message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, type)

/** A failure that may pass. */
export const postpone = (type: FailureType, message: string): ApplicationFailure =>
  ApplicationFailure.retryable(message, type)
