/** focusFirst, as a ref, gives an element the focus when it appears. */
export const focusFirst = (element: HTMLElement | null) => element?.focus()
