// @vitest-environment happy-dom
import { render } from 'preact'
import { afterEach, describe, expect, it } from 'vitest'
import type { Ledger, Monitor } from '../../api/types'
import { LedgerCard } from './ledger'

const at = document.body
afterEach(() => render(null, at))

const none: Ledger = { accepted: 0, loaded: 0, quarantined: 0, dropped: 0, in_flight: 0 }
const lost: Ledger = { accepted: 1800, loaded: 1760, quarantined: 37, dropped: 0, in_flight: 0 }

function show(ledger: Ledger) {
  const monitor: Partial<Monitor> = {
    ledger, unclassified: { ...none, balanced: true },
    contracts: [{ ...ledger, contract: 'a&b', balanced: ledger.accepted === ledger.loaded }],
  }
  render(<LedgerCard monitor={monitor as Monitor} />, at)
}

describe('the ledger', () => {
  it('is calm while it balances', () => {
    show({ ...none, accepted: 5, loaded: 5 })
    expect(at.querySelector('.fail')).toBeNull()
    expect(at.textContent).toContain('every event is in exactly one place')
  })

  it('turns red with the difference, in total and at the contract', () => {
    show(lost)
    expect(at.querySelector('.path-ledger')?.classList.contains('fail')).toBe(true)
    expect(at.querySelector('.path-off')?.textContent).toContain('3 events are missing')
    const rows = [...at.querySelectorAll('tr.fail')].map((r) => r.textContent)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/^a&b.*3 missing$/)
  })

  it('leads from what was refused to the quarantine', () => {
    show(lost)
    expect([...at.querySelectorAll('a')].map((a) => a.getAttribute('href'))).toEqual(['/quarantine', '/quarantine?only=a%26b', '/quarantine'])
  })
})
