// @vitest-environment happy-dom
import { render } from 'preact'
import { expect, it } from 'vitest'
import { Sentence } from './sentence'

it.each([
  ['nothing special <b>', 'Nothing special &lt;b&gt;'],
  ['run `penstock status` first', 'Run <code>penstock status</code> first'],
  ['/data/orders.yaml:4: no such word', '/data/orders.yaml:4: no such word'],
  ['dashboards/orders.yaml is wrong', 'dashboards/orders.yaml is wrong'],
  ['`a` and `b`', '<code>a</code> and <code>b</code>'],
  ['one ` alone', 'One ` alone'],
])('%s', (text, html) => {
  render(<Sentence text={text} />, document.body)
  expect(document.body.innerHTML).toBe(html)
})
