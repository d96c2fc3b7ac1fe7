import { describe, expect, it } from 'vitest'
import { most, mostText, oneLine, shortShard, Tail, type Line } from './lines'

const event = (raw: string) => ({ shard: 'shardId-000000000000', sequence: raw, arrived_at: '', partition_key: '', raw, truncated: false })
const texts = (lines: Line[]) => lines.map((l) => ('event' in l ? l.event.raw : `(${l.skipped})`)).join(' ')

describe('Tail', () => {
  it('keeps 500 lines, and of 501 the newest', () => {
    const tail = new Tail()
    for (let i = 1; i <= most; i++) tail.event(event(String(i)), false, 0)
    expect(tail.shown).toHaveLength(most)
    expect(tail.shown[0]?.id).toBe(1)
    tail.event(event('one more'), false, 0)
    expect(tail.shown).toHaveLength(most)
    expect(tail.shown[0]?.id).toBe(2)
  })

  it.each([false, true])('keeps no more text than it may, held: %s', (hold) => {
    const tail = new Tail()
    const lines = () => (hold ? tail.waiting : tail.shown)
    const quarter = 'x'.repeat(mostText / 4)
    for (let i = 0; i < 4; i++) tail.event(event(quarter), hold, 0)
    expect(lines()).toHaveLength(4)
    tail.event(event('y'), hold, 0)
    expect(lines()).toHaveLength(4)
    tail.release()
    expect(tail.shown).toHaveLength(4)
    tail.event(event('x'.repeat(mostText + 1)), false, 0)
    expect(tail.shown).toHaveLength(1)
  })

  it('lets new lines wait while it is held, and shows them after', () => {
    const tail = new Tail()
    tail.event(event('a'), false, 0)
    tail.event(event('b'), true, 0)
    expect(texts(tail.shown)).toBe('a')
    tail.release()
    expect(texts(tail.shown)).toBe('a b')
    expect(tail.waiting).toEqual([])
  })

  it('keeps the newest 500 of those that wait', () => {
    const tail = new Tail()
    tail.event(event('a'), false, 0)
    for (let i = 1; i <= most + 1; i++) tail.event(event(String(i)), true, 0)
    expect(tail.waiting).toHaveLength(most)
    tail.release()
    expect(texts(tail.shown.slice(0, 1))).toBe('2')
    expect(texts(tail.shown.slice(-1))).toBe(String(most + 1))
  })

  it('joins notices of what was left out', () => {
    const tail = new Tail()
    tail.event(event('a'), false, 0)
    tail.leaveOut(3, false, 0)
    tail.leaveOut(4, false, 0)
    tail.leaveOut(0, false, 0)
    tail.event(event('b'), false, 0)
    tail.leaveOut(1, false, 0)
    expect(texts(tail.shown)).toBe('a (7) b (1)')
    expect([tail.arrived, tail.skipped]).toEqual([10, 8])
  })

  it('tells the rate of the last ten seconds', () => {
    const tail = new Tail()
    expect(tail.rate(0)).toBe(0)
    for (let s = 0; s < 20; s++) tail.event(event('x'), false, s * 1000)
    tail.leaveOut(40, false, 19_000)
    expect(tail.rate(19_000)).toBe(5)
    expect(tail.rate(60_000)).toBe(0)
  })

  it('tells a rate from the first second on', () => {
    const tail = new Tail()
    for (let i = 0; i < 8; i++) tail.event(event('x'), false, i * 500)
    expect(tail.rate(4_000)).toBe(2)
  })
})

it('shows an event in one line of at most 300 characters', () => {
  expect(oneLine('{\n  "a":\t1\n}')).toBe('{ "a": 1 }')
  expect(oneLine('x'.repeat(10_000))).toHaveLength(300)
})

it.each([['shardId-000000000000', '0'], ['shardId-000000000012', '12'], ['odd', 'odd']])('shortens %s', (shard, want) => expect(shortShard(shard)).toBe(want))
