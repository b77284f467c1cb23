/** Messages and stacks of failures go through the codec like all payloads do. Bundled with the workflows: it uses nothing else. */
import { DefaultFailureConverter } from '@temporalio/common'

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true })
