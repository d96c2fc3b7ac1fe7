import { ApiError, problem } from '../../api/client'
import type { Cell, Column, Problem } from '../../api/types'

/** mostRows is how many rows the page keeps; a longer result is for `penstock query`. */
export const mostRows = 100_000

/** Found is what a query has brought so far. */
export interface Found { columns: Column[]; rows: Cell[][]; done: boolean; note: string; error: Problem | null }

interface Line { columns?: Column[]; row?: Cell[]; end?: { rows: number; truncated?: string }; error?: Problem }

/** run asks the warehouse and reports what has come, again and again, until all is there, the limit is reached or it is cancelled. */
export async function run(sql: string, cancel: AbortSignal, report: (found: Found) => void, limit = mostRows): Promise<void> {
  const found: Found = { columns: [], rows: [], done: false, note: '', error: null }
  try {
    const response = await fetch('/api/v1/query', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, credentials: 'same-origin', body: JSON.stringify({ sql }), signal: cancel,
    })
    if (!response.ok) throw await problem(response)
    for await (const lines of linesOf(response.body!)) {
      for (const line of lines) {
        take(JSON.parse(line) as Line, found, limit)
        if (found.done) break
      }
      report({ ...found })
      if (found.done) return
    }
    throw new ApiError(0, 'cut_off', 'The result was cut off.', 'The pipeline may have been stopped; ask again.')
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError(0, 'unreachable', 'The pipeline does not answer.', 'Is it running? `penstock status` tells.')
    if (cancel.aborted) report({ ...found, done: true, note: 'cancelled' })
    else report({ ...found, done: true, error: { code: known.code, message: known.message, hint: known.hint } })
  }
}

function take(line: Line, found: Found, limit: number) {
  if (line.columns) found.columns = line.columns
  else if (line.row && found.rows.length < limit) found.rows.push(line.row)
  else if (line.row) Object.assign(found, { done: true, note: `stopped at ${limit} rows` })
  else if (line.error) Object.assign(found, { done: true, error: line.error })
  else if (line.end) Object.assign(found, { done: true, note: line.end.truncated ?? '' })
}

/** linesOf cuts a stream into whole lines, as many at a time as there are. Leaving the loop closes the stream, which ends the query. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
      const pieces = (rest + decoder.decode(value, { stream: !done })).split('\n')
      rest = pieces.pop() ?? ''
      const lines = (done ? [...pieces, rest] : pieces).filter((line) => line !== '')
      if (lines.length) yield lines
      if (done) return
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}
