import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { Copy } from '../copy'
import { formatCount } from '../format'
import { decode, dump } from './bytes'
import './raw.css'
import { marked, pretty, visible, type Shown } from './tokens'

interface Props {
  /** the event, exactly as it was sent */
  raw?: string | undefined
  /** or its bytes, where they are not UTF-8 */
  base64?: string | undefined
  /** the offending place in raw, in UTF-16 code units */
  mark?: { from: number; to: number } | undefined
  /** what the box is called, for screen readers */
  label: string
}

// What is drawn at first and at most, in characters: a browser lays out no event of 10 MiB, and nobody reads one.
const first = 20_000
const most = 500_000
// A longer mark, such as one of a whole object, is shown by its ground alone, so that it can still be read.
const wide = 200

/** Raw shows an event laid out in lines, every token as it was sent, with the offending place marked. */
export function Raw({ raw, base64, mark, label }: Props) {
  const all = useSignal(false)
  const shown = useMemo(() => marked(raw === undefined || raw.length > most ? plain(raw ?? '') : pretty(raw), mark), [raw, mark?.from, mark?.to])
  if (raw === undefined) return <Bytes base64={base64 ?? ''} label={label} />
  const limit = all.value ? most : Math.max(first, (mark?.to ?? 0) + 2_000)
  const { pieces, left } = upTo(shown, limit)
  return <div class="raw">
    <pre class="raw-box" tabIndex={0} aria-label={label} role="group"><code>{group(pieces).map(draw)}</code></pre>
    <div class="raw-foot">
      {left > 0 && <span class="soft small">{formatCount(left)} more {left === 1 ? 'character' : 'characters'}. {!all.value && limit < most &&
        <button type="button" class="link" onClick={() => (all.value = true)}>Show more</button>}</span>}
      <Copy text={raw} what="event" />
    </div>
  </div>
}

function Bytes({ base64, label }: { base64: string; label: string }) {
  const bytes = decode(base64)
  return <div class="raw">
    <p class="soft small">Not UTF-8, so shown byte by byte{bytes && bytes.length > 1024 ? `: the first 1,024 of ${formatCount(bytes.length)}` : ''}.</p>
    <pre class="raw-box bytes" tabIndex={0} aria-label={label} role="group"><code>{bytes ? dump(bytes) : base64}</code></pre>
    <div class="raw-foot"><Copy text={base64} what="base64" /></div>
  </div>
}

const plain = (text: string) => [{ text, kind: 'plain' as const, from: 0, to: text.length }]

function upTo(shown: Shown[], limit: number): { pieces: Shown[]; left: number } {
  const pieces: Shown[] = []
  let room = limit
  let left = 0
  for (const piece of shown) {
    if (piece.text.length <= room) pieces.push(piece)
    else {
      if (room > 0) pieces.push({ ...piece, text: piece.text.slice(0, room) })
      left += piece.text.length - Math.max(room, 0)
    }
    room -= piece.text.length
  }
  return { pieces, left }
}

/** group joins the pieces of the marked place, so that it is one mark for the eye and for a screen reader. */
function group(pieces: Shown[]): Shown[][] {
  const groups: Shown[][] = []
  for (const piece of pieces) {
    const last = groups.at(-1)
    if (last?.[0]?.marked === piece.marked) last.push(piece)
    else groups.push([piece])
  }
  return groups
}

function draw(pieces: Shown[]) {
  const text = pieces.map((p) => {
    const parts = visible(p.text).map((v) => ('code' in v ? <span class="raw-unseen" title="A character that cannot be seen">{v.code}</span> : v.text))
    return p.kind === 'plain' || p.kind === 'space' || p.kind === 'sign' ? parts : <span class={`raw-${p.kind}`}>{parts}</span>
  })
  if (!pieces[0]?.marked) return text
  const length = pieces.reduce((n, p) => n + p.text.length, 0)
  const empty = length === 0
  return <mark class={empty ? 'empty' : length > wide ? 'wide' : undefined}>{empty ? <span class="hidden">here</span> : text}</mark>
}
