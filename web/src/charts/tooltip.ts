import './tooltip.css'

/** Tip is what a tooltip says. Every part is text. */
export interface Tip { title: string; rows: TipRow[]; note?: string }
export interface TipRow { color?: string; name: string; value: string; before?: string }

/** maxTipRows keeps a tooltip on the screen. */
const maxTipRows = 12

function element(tag: string, name: string, text?: string): HTMLElement {
  const made = document.createElement(tag)
  made.className = name
  if (text !== undefined) made.textContent = text
  return made
}

/** renderTip makes the tooltip's elements. ECharts puts elements into the page as they are, so that a label that is HTML shows as text. */
export function renderTip(tip: Tip): HTMLElement {
  const box = element('div', 'tip')
  if (tip.title) box.append(element('div', 'tip-title', tip.title))
  for (const row of tip.rows.slice(0, maxTipRows)) {
    const line = element('div', 'tip-row')
    const mark = element('span', 'tip-mark')
    if (row.color) mark.style.background = row.color
    line.append(mark, element('span', 'tip-name', row.name), element('span', 'tip-value', row.value))
    if (row.before !== undefined) line.append(element('span', 'tip-before', row.before))
    box.append(line)
  }
  const more = tip.rows.length - maxTipRows
  if (more > 0) box.append(element('div', 'tip-note', `${more} more in the table`))
  if (tip.note) box.append(element('div', 'tip-note', tip.note))
  return box
}

/** tooltip is how every chart shows one; say makes it from what ECharts points at. */
export const tooltip = (trigger: 'axis' | 'item', say: (params: never) => Tip | null, extra: object = {}) => ({
  trigger, renderMode: 'html', appendTo: 'body', confine: false, transitionDuration: 0.1, padding: 0, borderWidth: 0, backgroundColor: 'transparent',
  className: 'tip-box', shadowBlur: 0, ...extra,
  formatter: (params: never) => {
    const tip = say(params)
    return tip ? renderTip(tip) : ''
  },
})
