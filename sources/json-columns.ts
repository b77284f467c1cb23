import { identifier, literal } from '../platform/duckdb/duckdb.ts'

/** SQL of where the columns of a JSON document are. */
export interface JsonColumns {
  /** The elements that become rows, a list of JSON; undefined: the document is the row. */
  elements: string | undefined
  /** One expression a column, `… as "name"`, over `document` and, with elements, `element`. */
  columns: string[]
}

/**
 * Columns of JSON documents by name. A name with dots leads into objects, `customer.id`, unless a key is written like that.
 *
 * @param rows the array whose elements become rows, such as `line_items`: names that begin with it are read in the element,
 *   all others in the document
 */
export function jsonColumns(names: Iterable<string>, rows: string | undefined): JsonColumns {
  return {
    elements: rows === undefined ? undefined : `json_extract(document, ${literal(`${jsonPath(rows)}[*]`)})`,
    columns: [...names].map((name) => `${valueSql(name, rows)} as ${identifier(name)}`),
  }
}

function valueSql(name: string, rows: string | undefined): string {
  const isOfElement = rows !== undefined && name.startsWith(`${rows}.`)
  const [json, path] = isOfElement ? ['element', name.slice(rows.length + 1)] : ['document', name]
  const plain = `json_extract_string(${json}, ${literal(`$.${quoted(path)}`)})`
  return path.includes('.') ? `coalesce(${plain}, json_extract_string(${json}, ${literal(jsonPath(path))}))` : plain
}

const jsonPath = (name: string): string => `$.${name.split('.').map(quoted).join('.')}`

const quoted = (key: string): string => `"${key.replaceAll('"', '\\"')}"`
