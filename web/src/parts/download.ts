/** download saves something that the page itself made. */
export function download(name: string, content: Blob) {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser reads the blob after the click returns.
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** csv writes a result as RFC 4180 has it. NULL is empty and the empty string is quoted, so that both stay apart. */
export function csv(columns: string[], rows: (string | null)[][]): string {
  const cell = (text: string | null) => (text === null ? '' : text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}
