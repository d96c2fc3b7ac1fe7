import { describe, expect, it } from 'vitest'
import { ago, bytes, clock, count, counted, duration, exact, rate } from './words'

const en = 'en-GB'
const now = new Date(2026, 10, 22, 14, 30, 0)
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString()

describe('numbers', () => {
  it('have the locale\'s separators', () => {
    expect(count(5761931, en)).toBe('5,761,931')
    expect(count(5761931, 'de-DE')).toBe('5.761.931')
    expect(counted(1, 'event', en)).toBe('1 event')
    expect(counted(0, 'event', en)).toBe('0 events')
    expect(counted(1200, 'event', en)).toBe('1,200 events')
  })
  it.each([[0, '0'], [0.25, '0.25'], [9.987, '9.99'], [99.54, '99.5'], [100.4, '100'], [12345.6, '12,346'], [NaN, '–']])('rate %d', (n, want) =>
    expect(rate(n, en)).toBe(want))
})

describe('duration', () => {
  it.each([
    [0, '0s'], [0.04, '0s'], [0.44, '0.4s'], [9.96, '10s'], [59.4, '59s'], [60, '1m'], [200, '3m 20s'], [3600, '1h'], [7500, '2h 5m'],
    [3605, '1h'], [86400, '1d'], [90000, '1d 1h'], [-5, '0s'], [Infinity, '–'],
  ])('%d', (seconds, want) => expect(duration(seconds, en)).toBe(want))
})

describe('bytes', () => {
  it.each([[0, '0 byte'], [999, '999 byte'], [1500, '1.5 kB'], [999_600, '1 MB'], [12_300_000_000, '12 GB'], [4e12, '4 TB'], [9e18, '9,000 PB']])('%d', (n, want) =>
    expect(bytes(n, en)).toBe(want))
})

describe('times', () => {
  it('say the day only when it is not today', () => {
    expect(clock(before(60), now, en)).toBe('14:29:00')
    expect(clock(before(86400), now, en)).toBe('21 Nov, 14:30:00')
    expect(clock(before(400 * 86400), now, en)).toBe('18 Oct 2025, 14:30:00')
  })
  it.each([null, undefined, '', 'nonsense', '0001-01-01T00:00:00Z'])('that are none (%j) are a dash', (at) => {
    expect(clock(at, now, en)).toBe('–')
    expect(ago(at, now, en)).toBe('–')
    expect(exact(at, en)).toBe('')
  })
  it('are exact in a title', () => expect(exact('2026-11-22T05:00:00.123456Z', en)).toMatch(/2026[^]*\n2026-11-22T05:00:00.123456Z$/))
  it.each([[0, 'now'], [1, '1 second ago'], [90, '2 minutes ago'], [7200, '2 hours ago'], [90000, 'yesterday'], [-120, 'in 2 minutes']])('%d s ago', (s, want) =>
    expect(ago(before(s), now, en)).toBe(want))
})
