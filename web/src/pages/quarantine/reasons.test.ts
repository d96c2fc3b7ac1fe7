import { expect, it } from 'vitest'
import text from '../../../../docs/contracts.md?raw'
import { knownReasons, reasonOf } from './reasons'

it('explains every reason of docs/contracts.md, and no other', () => {
  const documented = text.slice(text.indexOf('## Reasons')).matchAll(/^\| `(\w+)` \|/gm)
  expect([...knownReasons].sort()).toEqual([...documented].map((m) => m[1]).sort())
})

it('shows a reason it does not know by its code', () => expect(reasonOf('tomorrow').title).toBe('tomorrow'))
