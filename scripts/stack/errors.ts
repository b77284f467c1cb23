/** Something of the stack failed; the message names the thing, its log file where there is one, and the fix. */
export class StackError extends Error {
  override name = 'StackError'
}

/** The user gave the stack a value that it can't use: nothing was changed. */
export class StackUsageError extends StackError {
  override name = 'StackUsageError'
}
