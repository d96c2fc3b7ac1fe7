import { describe, expect, it } from 'vitest'
import { decode, dump } from './bytes'
import { marked, pretty, visible } from './tokens'

const shown = (raw: string) => pretty(raw).map((p) => p.text).join('')
const markedText = (raw: string, from: number, to: number) =>
  marked(pretty(raw), { from, to }).map((p) => (p.marked ? `«${p.text}»` : p.text)).join('').replaceAll('»«', '')

describe('pretty', () => {
  it.each([
    ['{"a":1}', '{\n  "a": 1\n}'],
    ['{}', '{}'],
    ['{"a":[],"b":{}}', '{\n  "a": [],\n  "b": {}\n}'],
    ['[[1,2],{"x":null}]', '[\n  [\n    1,\n    2\n  ],\n  {\n    "x": null\n  }\n]'],
    ['  "text"  ', '"text"'],
    ['{"brace":"}{],:","quote":"\\"\\\\"}', '{\n  "brace": "}{],:",\n  "quote": "\\"\\\\"\n}'],
  ])('lays out %s', (raw, want) => expect(shown(raw)).toBe(want))

  it('keeps every token as it was sent', () => {
    const raw = '{"n":1.50,"big":123456789012345678901234567890,"e":1E+2,"n":-0,"u":"\\u0041"}'
    for (const token of ['1.50', '123456789012345678901234567890', '1E+2', '-0', '"\\u0041"']) expect(shown(raw)).toContain(token)
    expect(shown(raw).match(/"n"/g)).toHaveLength(2)
  })

  it.each(['', '{"a":', 'Infinity', '{"a":1}{"b":2}', '<script>alert(1)</script>', "{'a':1}"])('leaves %j, which is no JSON, as it is', (raw) =>
    expect(shown(raw)).toBe(raw))

  it('lays out 64 levels, and leaves 65 as they are', () => {
    const nested = (n: number) => '['.repeat(n) + ']'.repeat(n)
    expect(shown(nested(64))).toContain('\n')
    expect(shown(nested(65))).toBe(nested(65))
  })

  it('says where each piece stands in the raw text', () => {
    const raw = ' {"a" :\t"Ω😀", "b":[1, true]} '
    for (const p of pretty(raw)) if (p.kind !== 'space') expect(raw.slice(p.from, p.to)).toBe(p.text)
  })
})

describe('marked', () => {
  const raw = '{"id":"six","cost":1.999}'
  it.each([
    [6, 11, '{\n  "id": «"six"»,\n  "cost": 1.999\n}'],
    [7, 10, '{\n  "id": "«six»",\n  "cost": 1.999\n}'],
    [0, raw.length, '«{\n  "id": "six",\n  "cost": 1.999\n}»'],
    [1, 11, '{\n  «"id": "six"»,\n  "cost": 1.999\n}'],
    [0, 0, '«»{\n  "id": "six",\n  "cost": 1.999\n}'],
    [raw.length, raw.length, '{\n  "id": "six",\n  "cost": 1.999\n}«»'],
    [24, 900, '{\n  "id": "six",\n  "cost": 1.999\n«}»'],
    [9, 3, '{\n  "id": "six",\n  "cost": 1.999\n}'],
  ])('marks %i to %i', (from, to, want) => expect(markedText(raw, from, to)).toBe(want))

  it('marks in what is no JSON', () => expect(markedText('{"a": nope}', 6, 10)).toBe('{"a": «nope»}'))
  it('counts in UTF-16 units', () => expect(markedText('["😀x"]', 4, 5)).toBe('[\n  "😀«x»"\n]'))
  it('loses and adds nothing but space', () => {
    for (let from = 0; from <= raw.length; from++)
      for (let to = from; to <= raw.length; to++)
        expect(marked(pretty(raw), { from, to }).map((p) => p.text).join('').replace(/\s/g, '')).toBe(raw)
  })
})

describe('visible', () => {
  it('leaves ordinary text alone', () => expect(visible('Grüße 😀 <b>\n\t')).toEqual([{ text: 'Grüße 😀 <b>\n\t' }]))
  it('keeps joined emoji together', () => expect(visible('👩‍💻')).toEqual([{ text: '👩‍💻' }]))
  it('names what cannot be seen', () =>
    expect(visible('a\u202eb\u0000')).toEqual([{ text: 'a' }, { text: '\u202e', code: 'U+202E' }, { text: 'b' }, { text: '\0', code: 'U+0000' }]))
})

describe('bytes', () => {
  it('shows them as hexdump does', () =>
    expect(dump(decode('eyJhIjogIv/+In0=') ?? new Uint8Array())).toBe('0000  7b 22 61 22 3a 20 22 ff fe 22 7d                 {"a": ".."}'))
  it('stops at its limit', () => expect(dump(new Uint8Array(40), 20).split('\n')).toHaveLength(2))
  it('says when it is no base64', () => expect(decode('*')).toBeNull())
})
