import { expect, test } from 'vitest'
import { widthOf } from './width'

test('a figure counts as wide as its characters are', () => {
  expect(widthOf('8')).toBe(1) // a short one is not set without bound
  expect(widthOf('195')).toBe(2.1)
  expect(widthOf('€195,062,837.26')).toBeCloseTo(12 * 0.7 + 3 * 0.38)
  expect(widthOf('1 024 MB')).toBeCloseTo(4 * 0.7 + 2 * 0.38 + 2 * 1.04)
  expect(widthOf('日本')).toBeCloseTo(2.08)
})
