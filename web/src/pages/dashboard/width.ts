/**
 * widthOf is how wide a figure is at most, in em, in the widest of the fonts that stand for the tokens' one: a figure is set
 * as large as its card allows, and no larger. Marks between digits take about half of a digit's width, signs more than one.
 */
export function widthOf(text: string): number {
  let width = 0
  for (const char of text) width += /[.,'’:\s]/.test(char) ? 0.38 : /[\d\p{Sc}a-ln-vx-z]/u.test(char) ? 0.7 : 1.04
  return Math.max(Math.round(width * 100) / 100, 1)
}
