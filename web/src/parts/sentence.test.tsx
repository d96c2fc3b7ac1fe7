// @vitest-environment happy-dom
import { render } from 'preact'
import { expect, it } from 'vitest'
import { Sentence } from './sentence'

it.each([
  ['nothing special <b>', 'nothing special &lt;b&gt;'],
  ['run `penstock status` first', 'run <code>penstock status</code> first'],
  ['`a` and `b`', '<code>a</code> and <code>b</code>'],
  ['one ` alone', 'one ` alone'],
])('%s', (text, html) => {
  render(<Sentence text={text} />, document.body)
  expect(document.body.innerHTML).toBe(html)
})
