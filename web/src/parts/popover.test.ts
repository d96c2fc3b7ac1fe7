import { expect, it } from 'vitest'
import { shiftInto } from './popover'

it.each([
  ['fits', 20, 200, 390, 0], ['ends at the edge', 20, 382, 390, 0], ['is past the right edge', 248, 548, 390, -166], ['is past the left edge', -30, 150, 390, 38], ['is wider than the window', 100, 600, 390, -92],
])('a panel that %s', (_, left, right, width, want) => {
  expect(shiftInto({ left, right }, width)).toBe(want)
})
