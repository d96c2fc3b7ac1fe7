import { expect, it } from 'vitest'
import { completeness, lateAfter } from './state'

const at = Date.parse('2026-11-22T14:03:05Z')
const complete = (behind: number) => new Date(at - behind).toISOString()

it('warns only past the limit, and only of what should be live', () => {
  expect(completeness(complete(lateAfter), 0, true, at, 'en-GB').late).toBe(false)
  expect(completeness(complete(lateAfter + 1), 0, true, at, 'en-GB').late).toBe(true)
  expect(completeness(complete(lateAfter + 1), 0, false, at, 'en-GB').late).toBe(false)
  expect(completeness('', 0, true, at)).toEqual({ text: '', title: '', late: false })
  expect(completeness(complete(1000), 1, true, at, 'en-GB').title).toMatch(/^Everything that arrived up to .* is counted\. 1 event was refused and waits in quarantine\.$/)
})

it('counts what is quarantined', () => {
  expect(completeness(complete(0), 1200, true, at, 'en-GB').text).toMatch(/^complete to .* · 1,200 quarantined$/)
  expect(completeness(complete(0), 0, true, at, 'en-GB').text).not.toContain('quarantined')
})
