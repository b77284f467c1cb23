/** A field of a CSV file (RFC 4180): one with a comma, a quote or a line break is in quotes. */
export const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/**
 * The same for a file that people open: a text that a spreadsheet would run as a formula begins with an apostrophe, which keeps it a text.
 * Numbers stay as they are.
 */
export const csvText = (text: string): string =>
  csvField(/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text)
