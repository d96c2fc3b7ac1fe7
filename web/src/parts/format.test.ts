import { describe, expect, it } from 'vitest'
import { formatAgo, formatBucket, formatBytes, formatCell, formatChange, formatDuration, formatMoment, formatName, formatShort, formatValue, parseTime } from './format'

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('formatValue', () => {
  it.each([
    ['5761931.38', { style: 'currency', currency: 'EUR', decimals: 2 }, 'en-US', '€5,761,931.38'],
    ['5761931.38', { style: 'currency', currency: 'EUR', decimals: 2 }, 'de-DE', '5.761.931,38 €'],
    ['12.50', {}, 'en-US', '12.50'],
    ['1800', {}, 'de-DE', '1.800'],
    ['0.1234', { style: 'percent' }, 'en-US', '12.3%'],
    ['0.1234', { style: 'percent', decimals: 2 }, 'en-US', '12.34%'],
    ['9007199254740993', {}, 'en-US', '9,007,199,254,740,993'],
    ['123456789012345678901234.01', { style: 'currency', currency: 'USD' }, 'en-US', '$123,456,789,012,345,678,901,234.01'],
    ['1e21', {}, 'en-US', '1,000,000,000,000,000,000,000'],
    ['-0.005', { decimals: 2 }, 'en-US', '-0.01'],
    ['<b>', {}, 'en-US', '<b>'],
    ['inf', {}, 'en-US', 'inf'],
    [null, {}, 'en-US', '–'],
  ] as const)('%s %j in %s', (text, format, locale, want) => {
    expect(plain(formatValue(text, format, locale))).toBe(want)
  })
})

it('shortens axis labels', () => {
  expect(plain(formatShort(1_234_567, {}, 'en-US'))).toBe('1.2M')
  expect(plain(formatShort(20_000, { style: 'currency', currency: 'EUR' }, 'de-DE'))).toBe('20.000 €')
  expect(plain(formatShort(0.5, { style: 'percent' }, 'en-US'))).toBe('50%')
})

it('gives a change its sign, and none when there was nothing before', () => {
  expect(formatChange(110, 100, 'en-US')).toBe('+10%')
  expect(formatChange(98.8, 100, 'en-US')).toBe('-1.2%')
  expect(formatChange(-50, -100, 'en-US')).toBe('+50%')
  expect(formatChange(5, 0, 'en-US')).toBeNull()
  expect(formatChange(Number.NaN, 5, 'en-US')).toBeNull()
})

it.each([
  ['2026-11-22T14:03:05Z', '2026-11-22T14:03:05.000Z'],
  ['2026-11-22 14:03:05.123456', '2026-11-22T14:03:05.123Z'],
  ['2026-11-22 14:03:05+02', '2026-11-22T12:03:05.000Z'],
  ['2026-11-22 14:03:05+0530', '2026-11-22T08:33:05.000Z'],
  ['2026-11-22', '2026-11-22T00:00:00.000Z'],
])('reads the time %s', (text, want) => {
  expect(new Date(parseTime(text)!).toISOString()).toBe(want)
})

it.each([null, '', 'soon', '2026', '2026-13-45', '2026-11-22 <b>'])('takes %j for no time', (text) => {
  expect(parseTime(text)).toBeNull()
})

it('names days by the day they are in the warehouse, whatever the zone', () => {
  expect(formatBucket(Date.UTC(2026, 10, 22), 'day', 'en-US')).toBe('Sun, Nov 22, 2026')
  expect(formatBucket(Date.UTC(2026, 10, 1), 'month', 'en-US')).toBe('November 2026')
  expect(formatBucket(Date.UTC(2026, 10, 16), 'week', 'en-US')).toBe('Week of Nov 16, 2026')
})

it('leaves numbers that are names as they are', () => {
  expect(formatCell('1234567', { name: 'customer_id', type: 'bigint' }, {}, 'en-US')).toBe('1234567')
  expect(formatCell('1234567', { name: 'orders', type: 'bigint' }, {}, 'en-US')).toBe('1,234,567')
  expect(formatCell('2026-11-22', { name: 'day', type: 'date' }, {}, 'en-US')).toBe('Nov 22, 2026')
  expect(formatCell('<img src=x onerror=alert(1)>', { name: 'city', type: 'varchar' }, {}, 'en-US')).toBe('<img src=x onerror=alert(1)>')
})

it('writes spans of time and sizes', () => {
  expect(formatDuration(0.0005, 'en-US')).toBe('1ms')
  expect(formatDuration(0.42, 'en-US')).toBe('420ms')
  expect(formatDuration(0.9996, 'en-US')).toBe('1s')
  expect(formatDuration(95, 'en-US')).toBe('1m 35s')
  expect(formatDuration(90_061, 'en-US')).toBe('1d 1h')
  expect(formatAgo(0, 90_000, 'en-US')).toBe('1 minute ago')
  expect(formatBytes(1_500_000, 'en-US')).toBe('1.5 MB')
})

it('writes times short where there is little room', () => {
  const at = { name: 'at', type: 'timestamp with time zone' }
  const now = new Date(2026, 10, 22, 12, 30).getTime()
  const text = (...parts: [number, number, number, number, number, number, number]) => new Date(...parts).toISOString()
  expect(formatMoment(text(2026, 10, 22, 12, 1, 36, 261), at, 'en-GB', now)).toBe('12:01:36')
  expect(formatMoment(text(2026, 10, 21, 12, 1, 36, 261), at, 'en-GB', now)).toBe('21 Nov, 12:01')
  expect(formatMoment(text(2025, 10, 21, 12, 1, 36, 261), at, 'en-GB', now)).toBe('21 Nov 2025')
  expect(formatMoment('2026-11-22', { name: 'day', type: 'date' }, 'en-GB', now)).toBe('22 Nov 2026')
  expect(formatMoment('no time', at, 'en-GB', now)).toBe('no time')
  expect(formatMoment(null, at, 'en-GB', now)).toBe('–')
})

it.each([['average_basket', 'Average basket'], ['orders', 'Orders'], ['customer_id', 'Customer ID'], ['id', 'ID'], ['Umsatz in €', 'Umsatz in €'], ['_shard', '_shard'], ['count(*)', 'count(*)'], ['', '']])('names the column %j %j', (name, want) => {
  expect(formatName(name)).toBe(want)
})
