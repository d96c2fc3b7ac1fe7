/** Kind is what a piece of JSON is, for its colour. */
export type Kind = 'name' | 'text' | 'number' | 'word' | 'sign' | 'space' | 'plain'

/** Piece is a stretch of what is shown, and where it stands in the raw text: UTF-16 code units, from included, to not. */
export interface Piece {
  text: string
  kind: Kind
  from: number
  to: number
}

const token = /[ \t\n\r]+|[{}[\],:]|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/y

// A document that nests deeper is shown as it is: its indentation would be longer than itself.
const deepest = 64

/**
 * pretty lays a JSON document out in lines. Every token stays exactly as it was sent: 1.50 is not 1.5, a field that
 * repeats is shown twice, and escapes stay escapes. What is not one JSON document comes back whole, as it is.
 */
export function pretty(raw: string): Piece[] {
  const found = read(raw)
  return found ? layOut(found) : [{ text: raw, kind: 'plain', from: 0, to: raw.length }]
}

/** read splits a JSON document into its tokens, without the space between them; null when it is none. */
function read(raw: string): Piece[] | null {
  try {
    JSON.parse(raw)
  } catch {
    return null
  }
  const found: Piece[] = []
  let depth = 0
  for (token.lastIndex = 0; token.lastIndex < raw.length; ) {
    const from = token.lastIndex
    const text = token.exec(raw)?.[0]
    if (text === undefined) return null
    const first = text.charAt(0)
    if (' \t\n\r'.includes(first)) continue
    if (first === '{' || first === '[') depth++
    if (first === '}' || first === ']') depth--
    if (depth > deepest) return null
    if (first === ':') {
      const name = found.at(-1)
      if (name) name.kind = 'name'
    }
    found.push({ text, kind: kindOf(first), from, to: from + text.length })
  }
  return found
}

function kindOf(first: string): Kind {
  if (first === '"') return 'text'
  if ('{}[],:'.includes(first)) return 'sign'
  return 'tfn'.includes(first) ? 'word' : 'number'
}

function layOut(tokens: Piece[]): Piece[] {
  const out: Piece[] = []
  let depth = 0
  const line = (at: number) => out.push({ text: '\n' + '  '.repeat(depth), kind: 'space', from: at, to: at })
  tokens.forEach((piece, i) => {
    const next = tokens[i + 1]
    const sign = piece.kind === 'sign' ? piece.text : ''
    const before = tokens[i - 1]?.text
    if ((sign === '}' || sign === ']') && !(before === '{' || before === '[')) {
      depth--
      line(piece.from)
    } else if (sign === '}' || sign === ']') depth--
    out.push(piece)
    if (sign === '{' || sign === '[') {
      depth++
      if (next && next.text !== '}' && next.text !== ']') line(piece.to)
    } else if (sign === ',') line(piece.to)
    else if (sign === ':') out.push({ text: ' ', kind: 'space', from: piece.to, to: piece.to })
  })
  return out
}

/** Shown is a piece with whether it lies in the marked place. */
export interface Shown extends Piece {
  marked: boolean
}

/**
 * marked splits pieces at the bounds of a place in the raw text. The space that the layout put between two marked pieces is
 * marked with them, and an empty place is one empty marked piece.
 */
export function marked(pieces: Piece[], place?: { from: number; to: number }): Shown[] {
  if (!place || place.to < place.from) return pieces.map((p) => ({ ...p, marked: false }))
  const { from, to } = place
  const out: Shown[] = []
  let pointed = from < to
  for (const p of pieces) {
    if (!pointed && p.to > from && p.from <= from) {
      pointed = true
      out.push(...cut(p, p.from, from, false), { text: '', kind: 'plain', from, to, marked: true }, ...cut(p, from, p.to, false))
      continue
    }
    if (p.from === p.to) {
      out.push({ ...p, marked: p.from > from && p.from < to })
      continue
    }
    const start = Math.min(Math.max(from, p.from), p.to)
    const end = Math.min(Math.max(to, start), p.to)
    out.push(...cut(p, p.from, start, false), ...cut(p, start, end, true), ...cut(p, end, p.to, false))
  }
  if (!pointed) out.push({ text: '', kind: 'plain', from, to, marked: true })
  return out
}

function cut(p: Piece, from: number, to: number, marked: boolean): Shown[] {
  return from < to ? [{ text: p.text.slice(from - p.from, to - p.from), kind: p.kind, from, to, marked }] : []
}

// Characters that show nothing or change the order of what is around them. Joiners inside emoji and scripts stay.
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/

/** Visible is a stretch of ordinary text, or one character that cannot be seen, by its code point's name. */
export type Visible = { text: string } | { code: string; text: string }

/** visible separates what cannot be seen, such as a mark that reverses a text's direction, from what can. */
export function visible(text: string): Visible[] {
  if (!unseen.test(text)) return text ? [{ text }] : []
  const out: Visible[] = []
  let plain = ''
  for (const character of text) {
    if (!unseen.test(character)) {
      plain += character
      continue
    }
    if (plain) out.push({ text: plain })
    plain = ''
    out.push({ text: character, code: 'U+' + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') })
  }
  if (plain) out.push({ text: plain })
  return out
}
