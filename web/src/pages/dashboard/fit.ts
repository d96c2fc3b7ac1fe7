import { useLayoutEffect } from 'preact/hooks'

// How a wall screen shows a whole dashboard: nobody scrolls it. Lengths in rem.
const columns = [4, 6, 8]
const leastColumn = 12
const leastRow = 7.5

/** useFit gives a wall's grid as many columns as its rows need to fill the screen. Where no number of columns will do, the grid stays as it is and scrolls. */
export function useFit(grid: { current: HTMLElement | null }, wall: boolean) {
  useLayoutEffect(() => {
    const box = grid.current
    const screen = box?.parentElement
    if (!wall || !box || !screen) return
    const reset = () => ['--columns', '--panel-row'].forEach((name) => box.style.removeProperty(name))
    const fit = () => {
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
      const room = screen.clientHeight - box.offsetTop - parseFloat(getComputedStyle(screen).paddingBottom)
      for (const count of columns) {
        if (count > columns[0]! && box.clientWidth / count < leastColumn * rem) break
        box.style.setProperty('--columns', String(count))
        // The browser has placed the panels: it says in how many rows.
        const { gridTemplateRows, rowGap } = getComputedStyle(box)
        const rows = gridTemplateRows.split(' ').length
        const height = (room - parseFloat(rowGap) * (rows - 1)) / rows
        if (height >= leastRow * rem) return box.style.setProperty('--panel-row', `${Math.floor(height)}px`)
      }
      reset()
    }
    const observer = new ResizeObserver(fit)
    observer.observe(screen)
    fit()
    return () => {
      observer.disconnect()
      reset()
    }
  }, [wall])
}
