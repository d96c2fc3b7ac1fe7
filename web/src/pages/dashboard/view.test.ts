import { expect, it } from 'vitest'
import { beforeLabel, ranges, apiState, readView, toggled } from './view'

const board = { range: '24h', filters: [{ name: 'country', label: 'Country' }, { name: 'product', label: 'Product' }] }
const read = (query: string) => readView(new URLSearchParams(query), board)

it.each([
  ['', 'range=24h'],
  ['range=15m&compare=1', 'range=15m&compare=1'],
  ['range=all&compare=1', 'range=all'],
  ['range=5y', 'range=24h'],
  ['from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z&compare=1', 'from=2026-11-01T00%3A00%3A00.000Z&to=2026-11-02T00%3A00%3A00.000Z&compare=1'],
  ['from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z', 'range=24h'],
  ['from=soon&to=later&range=7d', 'range=7d'],
  ['f.country=United+Kingdom&f.country=EIRE&f.product=%3Cb%3E', 'range=24h&f.country=United+Kingdom&f.country=EIRE&f.product=%3Cb%3E'],
  ['f.country=A&f.country=A', 'range=24h&f.country=A'],
  ['f.colour=red&wall=1&table=revenue', 'range=24h'],
])('asks the API of a page at ?%s with %s', (query, state) => {
  expect(apiState(read(query))).toBe(state)
})

it('keeps what is the page\'s own', () => {
  expect(read('wall=1&table=a&table=b')).toMatchObject({ wall: true, tables: ['a', 'b'] })
})

it('takes a value off when it was on, and the others of a country with it', () => {
  expect(toggled(['a', 'b'], ['b'])).toEqual(['a'])
  expect(toggled(['a'], ['b'])).toEqual(['a', 'b'])
  expect(toggled(['UK'], ['UK', 'United Kingdom'])).toEqual(['UK', 'United Kingdom'])
  expect(toggled(['UK', 'United Kingdom'], ['UK', 'United Kingdom'])).toEqual([])
})

it('names the period before for people', () => {
  const view = (query: string) => readView(new URLSearchParams(query), { range: '24h', filters: [] })
  for (const [range] of ranges.filter(([name]) => name !== 'all')) expect(beforeLabel(view(`range=${range}`))).toMatch(/ before$/)
  const own = view('from=2026-03-01T00:00:00Z&to=2026-03-03T00:00:00Z')
  expect(beforeLabel(own, 'en-GB')).toContain('27 Feb')
  expect(beforeLabel(own, 'en-GB')).toContain('1 Mar')
})
