/** What a figure is: defined once, for the page, Power BI, the web and Grafana. */
export interface Figure {
  /** As programs call it. */
  name: string
  /** As people call it. */
  title: string
  /** What it means, and of what it is made. */
  meaning: string
  unit: 'money' | 'units' | 'count' | 'share' | 'days' | 'times a year'
  /** As Power BI and spreadsheets write it. */
  format: string
  /** Which way is better; null: neither. */
  direction: 'up' | 'down' | null
  /**
   * One row over the views of `bi`, with the column `value`, and `low` and `high` where it is an estimate; $1 and $2 are the first and
   * the last day. The reader's own rows are summed: row-level security restricts them.
   */
  sql: string
  /** The same as a DAX expression over tables that are called like the views; `[title]` is another figure. */
  dax: string
}

/** Formats by unit, for figures that need no other. */
export const formats = {
  money: '#,0.00',
  units: '#,0',
  count: '#,0',
  share: '0.0 %',
  days: '#,0.0',
  'times a year': '0.0',
} as const satisfies Record<Figure['unit'], string>

export interface FigureGroup {
  title: string
  /** What the figures of the group have in common, in a sentence. */
  description: string
  figures: readonly Figure[]
}

/** Figures whose format follows from their unit. */
export const group = (title: string, description: string, figures: readonly Omit<Figure, 'format'>[]): FigureGroup => ({
  title,
  description,
  figures: figures.map((figure) => ({ ...figure, format: formats[figure.unit] })),
})

/** The statement of a figure; $1 and $2 are the first and the last day, also where the figure is of now. */
export const questionOf = ({ sql }: Pick<Figure, 'sql'>): string =>
  `select figure.* from (${sql}) as figure cross join (select $1::date as first_day, $2::date as last_day) as asked`
