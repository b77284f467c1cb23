/**
 * What data is about people. A column is in one of these classes, or is not about people; from the class follow how it
 * is kept, who sees it, and what `shelfline privacy` does with it.
 */
export const dataClasses = {
  customer: {
    meaning: 'Identifies a customer.',
    treatment:
      'Replaced by a pseudonym when the message is read from Kafka, by a key of its own for each customer; erased and exported by `shelfline privacy`.',
    kept: 'As long as the row; in the lake and `analytics` for the days of `SHELFLINE_CUSTOMER_RETENTION_DAYS`, if it is set; in Kafka until the retention of its topic ends.',
  },
  'free text': {
    meaning: 'May hold anything that a sender or a person wrote, also about people.',
    treatment:
      'Searched for the customer; messages that hold them lose their content. Texts of people are searched and named, and not changed.',
    kept: 'Dead letters lose their content after `SHELFLINE_DEAD_LETTER_DAYS`; others as long as the row.',
  },
  staff: {
    meaning: 'Names a person who works in a store or uses Shelfline, or where they sign in from.',
    treatment: 'Not shown to readers of `bi`. Kept as proof of who decided: not erased with customers.',
    kept: 'As long as the row; sessions and requests for the days in docs/operations.md; the audit log for good.',
  },
  contact: {
    meaning: 'How a supplier or a receiver of notifications is reached.',
    treatment: 'Changed or removed where it is kept: by the next record of the supplier, by `notify set`.',
    kept: 'Until the record is replaced.',
  },
  secret: {
    meaning: 'A password, a key or a token.',
    treatment: 'A hash, or encrypted with a key that the database does not have.',
    kept: 'Until it is replaced or revoked.',
  },
} as const

export type DataClass = keyof typeof dataClasses

/** Columns of the lake that may hold the name or the words of a customer. A test compares them with the contracts. */
export const columnsAboutPeople: ReadonlySet<string> = new Set(['cashier_id', 'customer_id', 'original_ids', 'payload'])
