import { ApplicationFailure } from '@temporalio/activity'

/** Every type of failure that an activity or a workflow of ours raises; a retry policy names what it does not retry. */
export type FailureType =
  /** The workflow's input can't be: a day that no calendar has, an asset that nobody knows. Not retried. */
  | 'InvalidInput'
  /** A blocking check refused the new partition; the old one stands. Not retried: the same inputs give the same rows. */
  | 'ChecksFailed'
  /** Another workflow builds this partition now. Retried. */
  | 'PartitionBusy'
  /** Another run has taken this partition over. Retried, as a new run. */
  | 'PartitionLost'
  /** Some partitions of the day could not be built; the ledger says which and why. Not retried. */
  | 'PartitionsFailed'
  /** Some of the minute jobs failed; the others have run. Not retried: the next minute is. */
  | 'JobsFailed'
  /** Some models could not be trained; the others have been. Not retried. */
  | 'ModelsFailed'
  /** There is too little history to train a model on. Not retried: the model is skipped until there is more. */
  | 'TooLittleHistory'
  /** A champion does not fit what this version makes or is not whole. Not retried: train anew, or roll back. */
  | 'ModelUnusable'
  /** Some locations could not be planned; the others have been. Not retried: a run of the same day writes no order twice. */
  | 'LocationsFailed'
  /** A step of a purchase order that can't be taken: it was decided already, or whoever asked may not. Not retried. */
  | 'OrderRefused'
  /** A supplier did not say that he has an order. Retried: he may have it, and knows it by its name. */
  | 'SupplierAway'

/** A failure that no retry can mend. */
export const refuse = (type: FailureType, message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, type)

/** A failure that may pass. */
export const postpone = (type: FailureType, message: string): ApplicationFailure =>
  ApplicationFailure.retryable(message, type)
