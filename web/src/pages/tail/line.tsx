import { useSignal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import type { TailEvent } from '../../api/types'
import { formatClock } from '../../parts/format'
import { Raw } from '../../parts/raw/raw'
import { visible } from '../../parts/raw/tokens'
import { Time } from '../../parts/time'
import { counted } from '../path/figures'
import { traceLink } from '../trace/box'
import { oneLine, shortShard, type Line } from './lines'

/** mostPieces bounds the elements of a line, where every character of an event may be one that cannot be seen. */
const mostPieces = 40

/** TailLine is one line; it never changes, so it is drawn once, and its event laid out when it is opened. */
export function TailLine({ line, onOpen }: { line: Line; onOpen: () => void }) {
  return useMemo(() => 'skipped' in line ? <li class="tail-skipped soft small">{counted(line.skipped, 'event')} left out here</li>
    : <EventLine event={line.event} onOpen={onOpen} />, [line])
}

function EventLine({ event, onOpen }: { event: TailEvent; onOpen: () => void }) {
  const open = useSignal(false)
  const box = useRef<HTMLDetailsElement>(null)
  function toggle() {
    open.value = box.current?.open ?? false
    if (!open.value) return
    onOpen()
    requestAnimationFrame(() => box.current?.scrollIntoView({ block: 'nearest' }))
  }
  return <li>
    <details ref={box} onToggle={toggle}>
      <summary>
        <span class="soft numbers tail-at">{formatClock(event.arrived_at)}</span>
        <span class="soft tail-shard" title={event.shard}>{shortShard(event.shard)}</span>
        <span class="mono tail-text">{visible(oneLine(event.raw)).slice(0, mostPieces).map((v) => ('code' in v ? <span class="soft">{v.code}</span> : v.text))}</span>
      </summary>
      {open.value && <div class="tail-open">
        <dl>
          <div><dt>Arrived</dt><dd><Time at={event.arrived_at} /></dd></div>
          <div><dt>Shard</dt><dd class="mono">{event.shard}</dd></div>
          <div><dt>Partition key</dt><dd class="mono">{event.partition_key}</dd></div>
          <div><dt>Sequence</dt><dd class="mono">{event.sequence}</dd></div>
        </dl>
        {event.truncated && <p class="soft small">Only its beginning is shown.</p>}
        <Raw raw={event.raw_base64 ? undefined : event.raw} base64={event.raw_base64} label="The event" />
        <a class="small" href={traceLink(event.sequence)}>Follow this event</a>
      </div>}
    </details>
  </li>
}
