import { statement } from '../../platform/postgres/sql.ts'

/** A statement from `sql/streams`, prepared under its file name on each connection that runs it. */
export const preparedStatement = (name: string): { name: string; text: string } => ({
  name,
  text: statement(`streams/${name}.sql`),
})
