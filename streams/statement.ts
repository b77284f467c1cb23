import { readStatement } from '../platform/statements.ts'

/** A statement from `sql/streams`, prepared under its file name on each connection that runs it. */
export const statement = (name: string): { name: string; text: string } => ({
  name,
  text: readStatement(`streams/${name}.sql`),
})
