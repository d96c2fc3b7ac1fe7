// @vitest-environment happy-dom
import { render } from 'preact'
import { afterEach, describe, expect, it } from 'vitest'
import { Raw } from './raw'

const at = document.body
afterEach(() => render(null, at))

function show(raw: string, mark?: { from: number; to: number }) {
  render(<Raw raw={raw} mark={mark} label="The event" />, at)
  return at.querySelector('pre') as HTMLElement
}

describe('Raw', () => {
  it.each([
    '<script>alert(1)</script>', '{"a":"<img src=x onerror=alert(1)>"}', '"><svg/onload=alert(1)>', '{"&lt;":"&amp;"}', 'javascript:alert(1)', '{{7*7}}',
  ])('shows %s as text', (raw) => {
    const pre = show(raw)
    expect(pre.textContent?.replace(/\s/g, '')).toBe(raw.replace(/\s/g, ''))
    expect(pre.querySelector('script, img, svg, a')).toBeNull()
  })

  it('marks the offending place, once, over the lines that the layout made', () => {
    const raw = '{"a":{"b":1,"c":2},"d":3}'
    const marks = show(raw, { from: 1, to: 18 }).querySelectorAll('mark')
    expect(marks).toHaveLength(1)
    expect(marks[0]?.textContent?.replace(/\s/g, '')).toBe('"a":{"b":1,"c":2}')
  })

  it('names what cannot be seen instead of obeying it', () => {
    const pre = show('{"file":"\u202egnp.exe"}')
    expect(pre.textContent).toContain('U+202E')
    expect(pre.textContent).not.toContain('\u202e')
  })

  it('shows the beginning of what is long, and says how much follows', () => {
    const pre = show('x'.repeat(20_001))
    expect(pre.textContent).toHaveLength(20_000)
    expect(at.textContent).toContain('1 more character.')
    expect(show('x'.repeat(20_000)).textContent).toHaveLength(20_000)
    expect(at.textContent).not.toContain('more character')
  })

  it('shows a marked place that is far behind', () => {
    const raw = 'x'.repeat(60_000) + 'bad'
    expect(show(raw, { from: 60_000, to: 60_003 }).querySelector('mark')?.textContent).toBe('bad')
  })

  it('shows bytes that are no text one by one', () => {
    render(<Raw base64="//4=" label="The event" />, at)
    expect(at.querySelector('pre')?.textContent).toContain('0000  ff fe')
    expect(at.textContent).toContain('Not UTF-8')
  })
})
