// @vitest-environment happy-dom
import { render } from 'preact'
import { expect, it } from 'vitest'
import { DataTable } from './data-table'

const columns = [{ name: 'product_name', type: 'varchar' }, { name: 'order_cost', type: 'decimal(12,2)' }]

function drawn(cell: string | null, exact = false) {
  render(<DataTable caption="Orders" columns={columns} rows={[[cell, '12.50']]} exact={exact} />, document.body)
  return { heads: [...document.querySelectorAll('th')].map((th) => th.textContent), cell: document.querySelector('td')! }
}

it('names columns in words, and as they are where the result is exact', () => {
  expect(drawn('Lamp').heads).toEqual(['Product name', 'Order cost'])
  expect(drawn('Lamp', true).heads).toEqual(['product_name', 'order_cost'])
})

it('has a long text whole in its title, and draws the beginning of a huge one', () => {
  expect(drawn('x'.repeat(40)).cell.title).toBe('')
  expect(drawn('x'.repeat(41)).cell.title).toBe('x'.repeat(41))
  expect(drawn('x'.repeat(2000), true).cell.textContent).toBe('x'.repeat(2000))
  expect(drawn('x'.repeat(2001), true).cell.textContent).toBe(`${'x'.repeat(2000)}… (1 more)`)
})

it('keeps NULL, the empty text and markup apart', () => {
  expect(drawn(null, true).cell.textContent).toBe('NULL')
  expect(drawn('', true).cell.textContent).toBe('')
  expect(drawn('<b>x</b>').cell.textContent).toBe('<b>x</b>')
  expect(document.querySelector('td b')).toBeNull()
})
