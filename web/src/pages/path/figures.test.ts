import { describe, expect, it } from 'vitest'
import { counted, explain, imbalance, measure, secondsBetween } from './figures'

const ledger = (accepted: number, loaded: number, quarantined = 0, dropped = 0, in_flight = 0) => ({ accepted, loaded, quarantined, dropped, in_flight })

describe('the ledger', () => {
  it.each([
    [ledger(10, 4, 3, 2, 1), 0, 'It balances: every event is in exactly one place.'],
    [ledger(10, 9), 1, 'It does not balance: 1 event is missing.'],
    [ledger(0, 1200), -1200, 'It does not balance: 1,200 events too many.'],
  ])('%j', (l, difference, sentence) => {
    expect(imbalance(l)).toBe(difference)
    expect(explain(l, 'en')).toBe(sentence)
  })
})

it.each([[0, '0 events'], [1, '1 event'], [2000, '2,000 events']])('counts %d', (n, want) => expect(counted(n, 'event', 'en')).toBe(want))
it.each([
  [200, 'seconds', '3m 20s'], [2.5e9, 'bytes', '2.5 GB'], [0.0861, 'share', '8.6%'], [1, 'events', '1 event'], [1234, 'counts', '1,234'], [0.25, '', '0.3'],
])('measures %d %s', (value, unit, want) => expect(measure(value, unit, 'en')).toBe(want))

it.each([
  ['2026-11-22T05:00:00Z', '2026-11-22T05:00:01.5Z', 1.5], ['2026-11-22T05:00:02Z', '2026-11-22T05:00:01Z', 0], [null, '2026-11-22T05:00:01Z', 0],
])('from %s to %s are %d s', (from, to, want) => expect(secondsBetween(from, to)).toBe(want))
