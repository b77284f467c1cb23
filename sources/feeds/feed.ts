import type { TopicName } from '../../contracts/topics.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

/** Where files come from: `ref.file_feed`. */
export interface FileFeed {
  feedId: string
  /** A folder, `s3://bucket/prefix/`, or the address of an API. */
  place: string
  /** YAML that defines how the API is asked; null: its place is no API. */
  api: string | null
  topic: TopicName
  /** YAML, as `shelfline import` reads it. */
  map: string
  /** A file with more rejected rows is set aside as a whole. */
  rejectsMax: number
  bytesMax: number
  changedBy: string
  updatedAt: Date
}

export const FEEDS_MAX = 500

const read = statement('feeds/read_feeds.sql')

/** Feeds by name. */
export async function readFeeds(pool: Pool, feedId?: string): Promise<FileFeed[]> {
  return (await pool.query<FileFeed>(read, [feedId ?? null, FEEDS_MAX])).rows
}
