/** What the linter calls: trees are plain JSON to it, of which the package's own types describe 270 nodes. */
declare module 'libpg-query' {
  export function loadModule(): Promise<void>
  export function parseSync(sql: string): { stmts?: { stmt: object; stmt_location?: number; stmt_len?: number }[] }
  /** @param sql one `create function … language plpgsql`, or one `do` */
  export function parsePlPgSQLSync(sql: string): object
  export function scanSync(sql: string): { tokens: { start: number; text: string; keywordName: string }[] }
}
