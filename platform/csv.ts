/** A field of a CSV file (RFC 4180): one with a comma, a quote or a line break is in quotes. */
export const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
