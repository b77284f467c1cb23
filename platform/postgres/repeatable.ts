/**
 * What the database has as the files of `sql/` define it now: views of `bi`, functions (those of jobs and alerts have folders of their own), comments. A file
 * is edited in place and applied again whenever it changes, or a migration was applied, which may have dropped what it makes.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'

const SQL = join(import.meta.dirname, '..', '..', 'sql')
/** Views first: functions may read them. Comments last: they are about what is there. */
const FOLDERS = ['views/bi', 'functions', 'jobs', 'alerts', 'comments']
/** `create or replace view` may add columns at the end and change nothing else. */
const INVALID_TABLE_DEFINITION = '42P16'

/** Beside the table of the migrations: path below `sql/`, SHA-256 of the text as it was applied. */
const BOOKKEEPING = `create table if not exists public.repeatable_files (
  file text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
)`

export interface RepeatableFile {
  /** Below `sql/`. */
  file: string
  text: string
}

/** A right that a role has on a view, as `grant` writes it. */
interface Grant {
  view: string
  statement: string
}

/** Every repeatable file, each after those whose view it reads. */
export function repeatableFiles(): RepeatableFile[] {
  const files = FOLDERS.flatMap((folder) =>
    globSync('*.sql', { cwd: join(SQL, folder) })
      .sort()
      .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(join(SQL, folder, name), 'utf8') })),
  )
  const [views, others] = [files.filter(({ file }) => viewOf(file)), files.filter(({ file }) => !viewOf(file))]
  return [...inOrder(views), ...others]
}

/** The view that a file makes: `bi.fact_sales` of `views/bi/fact_sales.sql`. */
export const viewOf = (file: string): string | undefined => {
  const [, schema, name] = /^views\/(\w+)\/(\w+)\.sql$/.exec(file) ?? []
  return name === undefined ? undefined : `${schema}.${name}`
}

/** @throws Error naming the views that read each other in a circle */
export function inOrder(views: readonly RepeatableFile[]): RepeatableFile[] {
  const ordered: RepeatableFile[] = []
  let waiting = [...views]
  while (waiting.length > 0) {
    const free = waiting.filter((file) => !waiting.some((other) => other !== file && reads(file, other)))
    if (free.length === 0) {
      throw new Error(
        `sql/: these views read each other: ${waiting.map(({ file }) => file).join(', ')}; break the circle`,
      )
    }
    ordered.push(...free)
    waiting = waiting.filter((file) => !free.includes(file))
  }
  return ordered
}

const reads = ({ text }: RepeatableFile, other: RepeatableFile): boolean =>
  new RegExp(`\\b${viewOf(other.file)!.replace('.', '\\.')}\\b`).test(text)

/** What people were granted on the views of `bi`; read before migrations, which may drop some of them. */
export async function readGrants(client: pg.Client): Promise<Grant[]> {
  const { rows } = await client.query<Grant>(
    `select
       format('%I.%I', nspname, relname) as view,
       format(
         'grant %s on %I.%I to %s%s', privilege_type, nspname, relname,
         case when grantee = 0 then 'public' else grantee::regrole::text end,
         case when is_grantable then ' with grant option' else '' end
       ) as statement
     from pg_class
     join pg_namespace as namespace on namespace.oid = relnamespace
     cross join aclexplode(relacl)
     where nspname = 'bi' and relkind = 'v' and grantee <> relowner`,
  )
  return rows
}

/**
 * Puts in place what is due, all of it or none. Rights on views outlast it, also on those that had to be dropped.
 *
 * @param grants what was granted before the migrations
 * @param all whether every file is applied, changed or not: a migration may have dropped what it makes
 */
export async function applyRepeatable(client: pg.Client, grants: readonly Grant[], all: boolean): Promise<void> {
  const files = repeatableFiles()
  await client.query(BOOKKEEPING)
  const { rows } = await client.query<{ file: string; checksum: string }>(
    'select file, checksum from public.repeatable_files',
  )
  const applied = new Map(rows.map(({ file, checksum }) => [file, checksum]))
  const due = files.filter(({ file, text }) => all || applied.get(file) !== checksumOf(text))
  if (due.length === 0) return
  await client.query('begin')
  try {
    // Functions may call each other, so that their bodies are only looked at when they run.
    await client.query('set local check_function_bodies = off')
    for (const file of due) await apply(client, file, files)
    await restoreGrants(client, grants)
    await client.query(
      `insert into public.repeatable_files (file, checksum)
       select file, checksum from unnest($1::text[], $2::text[]) as applied (file, checksum)
       on conflict (file) do update set checksum = excluded.checksum, applied_at = now()`,
      [due.map(({ file }) => file), due.map(({ text }) => checksumOf(text))],
    )
    await client.query('delete from public.repeatable_files where file <> all ($1)', [files.map(({ file }) => file)])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

const checksumOf = (text: string) => createHash('sha256').update(text).digest('hex')

async function apply(client: pg.Client, file: RepeatableFile, files: readonly RepeatableFile[]): Promise<void> {
  await client.query('savepoint before_file')
  try {
    await client.query(file.text)
  } catch (error) {
    if (viewOf(file.file) === undefined || (error as { code?: string }).code !== INVALID_TABLE_DEFINITION) {
      throw new Error(`sql/${file.file} can't be applied: ${(error as Error).message}`, { cause: error })
    }
    await client.query('rollback to savepoint before_file')
    await replaceWhole(client, file, files)
  }
  await client.query('release savepoint before_file')
}

/**
 * Drops a view with those that read it, and makes all of them again. What reads it and has no file here (a user's own view)
 * is not dropped along: the migration fails and names it.
 */
async function replaceWhole(client: pg.Client, file: RepeatableFile, files: readonly RepeatableFile[]): Promise<void> {
  const dropped = [file]
  for (const other of files) {
    if (viewOf(other.file) && !dropped.includes(other) && dropped.some((one) => reads(other, one))) dropped.push(other)
  }
  for (const { file: each } of dropped.toReversed()) await client.query(`drop view if exists ${viewOf(each)}`)
  for (const { text } of dropped) await client.query(text)
}

async function restoreGrants(client: pg.Client, grants: readonly Grant[]): Promise<void> {
  const held = new Set((await readGrants(client)).map(({ statement }) => statement))
  const views = new Set(repeatableFiles().map(({ file }) => viewOf(file)))
  for (const { view, statement } of grants) {
    if (views.has(view) && !held.has(statement)) await client.query(statement)
  }
}
