import { expect, it } from 'vitest'
import { tickLabel, ticks } from './ticks'

const at = (text: string) => Date.parse(text)

it('labels days of UTC at its midnights', () => {
  const found = ticks(at('2026-10-23T00:00:00Z'), at('2026-11-22T12:00:00Z'), 20, true)
  expect(found.every((t) => t % 86_400_000 === 0)).toBe(true)
  expect(found.length).toBeGreaterThan(10)
  expect(new Set(found.slice(1).map((t, i) => t - found[i]!)).size).toBe(1)
  expect(tickLabel(found, true, 'en-US')(found[0]!)).toBe('Oct 23')
})

it('labels years by months', () => {
  const found = ticks(at('2024-02-10T00:00:00Z'), at('2026-11-22T00:00:00Z'), 8, true)
  expect(found.map((t) => new Date(t).getUTCDate())).toEqual(found.map(() => 1))
  expect(tickLabel(found, true, 'en-US')(found[0]!)).toMatch(/^[A-Z][a-z]{2} 20\d\d$/)
})

it.each([1, 5, 60, 900, 21_600, 86_400, 604_800, 31_557_600, 315_576_000])('makes no more labels than fit into %d s', (seconds) => {
  for (const utc of [true, false]) {
    const found = ticks(at('2026-11-22T05:07:09Z'), at('2026-11-22T05:07:09Z') + seconds * 1000, 7, utc)
    expect(found.length).toBeLessThanOrEqual(8)
  }
})

it('survives a range that is none', () => {
  expect(ticks(Infinity, -Infinity, 5, false)).toEqual([])
  expect(ticks(5, 5, 5, true)).toEqual([5])
})
