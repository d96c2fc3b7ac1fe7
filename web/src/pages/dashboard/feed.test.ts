// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest'
import { Feed } from './feed'

class Source extends EventTarget {
  static last: Source
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  constructor(readonly url: string) {
    super()
    Source.last = this
  }
  close() {
    this.closed = true
  }
  say(name: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }
}
const rows = (id: string, text: string) => ({ id, columns: [{ name: 'n', type: 'bigint' }], rows: [[text]], complete_to: '2026-11-22T14:00:00Z', quarantined: 0, took_ms: 1, truncated: false, from: null, to: null })

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Source)
})

it('keeps what it shows when a chart fails, when the reader chooses something else, and when the connection is lost', () => {
  const feed = new Feed()
  feed.open('orders', 'range=24h')
  Source.last.onopen?.()
  Source.last.say('chart', rows('revenue', '1'))
  expect(feed.chart('revenue').value).toMatchObject({ data: { rows: [['1']], bucket: '' }, error: null, waiting: false })

  Source.last.say('chart', { ...rows('revenue', ''), columns: [], rows: [], error: { code: 'timeout', message: 'too slow' } })
  expect(feed.chart('revenue').value).toMatchObject({ data: { rows: [['1']] }, error: { code: 'timeout' } })

  const first = Source.last
  feed.open('orders', 'range=7d')
  expect(first.closed).toBe(true)
  expect(Source.last.url).toBe('/api/v1/dashboards/orders/live?range=7d')
  expect(feed.chart('revenue').value).toMatchObject({ data: { rows: [['1']] }, waiting: true, error: null })

  Source.last.onerror?.()
  expect(feed.connection.value).toBe('lost')
  vi.advanceTimersByTime(500)
  Source.last.onopen?.()
  Source.last.say('chart', rows('revenue', '2'))
  expect(feed.connection.value).toBe('open')
  expect(feed.chart('revenue').value).toMatchObject({ data: { rows: [['2']] }, waiting: false })
  feed.close()
  expect(Source.last.closed).toBe(true)
})

it('calls a chart that did not change complete only once its change would have come', () => {
  const feed = new Feed()
  feed.open('orders', 'range=24h')
  Source.last.say('freshness', { complete_to: '2026-11-22T14:00:00Z', quarantined: 0, ready: true, problems: 0 })
  vi.advanceTimersByTime(2900)
  Source.last.say('freshness', { complete_to: '2026-11-22T14:00:03Z', quarantined: 0, ready: true, problems: 0 })
  expect(feed.settled.value).toBe('')
  vi.advanceTimersByTime(200)
  Source.last.say('freshness', { complete_to: '2026-11-22T14:00:04Z', quarantined: 0, ready: true, problems: 0 })
  expect(feed.settled.value).toBe('2026-11-22T14:00:00Z')
  feed.close()
})
