/** Who acts in tests of services. */
import type { Actor } from './actor.ts'

export const named = (name: string): Actor => name as Actor
