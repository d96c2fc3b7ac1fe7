import { afterEach, expect, it, vi } from 'vitest'
import { run, type Found } from './run'

/** answer makes the server send these pieces, cut wherever they are. */
function answer(pieces: string[], status = 200) {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(new ReadableStream({
    start(control) {
      for (const piece of pieces) control.enqueue(new TextEncoder().encode(piece))
      control.close()
    },
  }), { status })))
}
async function asked(limit?: number, cancel = new AbortController()): Promise<Found> {
  let last: Found | undefined
  await run('select 1', cancel.signal, (found) => (last = found), limit)
  return last!
}
afterEach(() => vi.unstubAllGlobals())

const head = '{"columns":[{"name":"a","type":"varchar"}]}\n'

it('reads rows whatever pieces they come in', async () => {
  answer([head.slice(0, 10), head.slice(10) + '{"row":["ü', '"]}\n{"row":[null]}\n{"end":{"rows":2}}'])
  expect(await asked()).toMatchObject({ rows: [['ü'], [null]], done: true, note: '', error: null })
})

it('stops at its limit, and not before', async () => {
  const rows = '{"row":["x"]}\n'.repeat(3)
  answer([head + rows + '{"end":{"rows":3}}\n'])
  expect(await asked(3)).toMatchObject({ note: '', done: true })
  answer([head + rows + '{"end":{"rows":3}}\n'])
  const cut = await asked(2)
  expect(cut).toMatchObject({ note: 'stopped at 2 rows', done: true })
  expect(cut.rows).toHaveLength(2)
})

it('shows an error with its hint, before the first row and after it', async () => {
  answer(['{"error":{"code":"sql","message":"no table","hint":"did you mean orders?"}}'], 400)
  expect((await asked()).error).toEqual({ code: 'sql', message: 'no table', hint: 'did you mean orders?' })
  answer([head + '{"row":["x"]}\n{"error":{"code":"timeout","message":"too slow"}}\n'])
  expect(await asked()).toMatchObject({ rows: [['x']], error: { code: 'timeout' }, done: true })
})

it('says when a result was cut off', async () => {
  answer([head + '{"row":["x"]}\n'])
  expect((await asked()).error?.code).toBe('cut_off')
})

it('keeps what came before it was cancelled', async () => {
  const cancel = new AbortController()
  vi.stubGlobal('fetch', () => {
    cancel.abort()
    return Promise.reject(new DOMException('aborted', 'AbortError'))
  })
  expect(await asked(undefined, cancel)).toMatchObject({ note: 'cancelled', error: null, done: true })
})
