import { useSignal } from '@preact/signals'
import type { QuarantineGroup } from '../../api/types'
import { query } from '../../app/router'
import { formatCount } from '../../parts/format'
import { RelativeTime } from '../../parts/relative-time'
import { Bars } from './bars'
import { sameGroup, type GroupName } from './link'
import { reasonOf } from './reasons'

// As many groups are listed at first; a quarantine of a thousand kinds of fault is read from its largest.
const first = 50

/** GroupList lists the groups, the largest first as the server sends them. */
export function GroupList({ groups, chosen }: { groups: QuarantineGroup[]; chosen: QuarantineGroup | null }) {
  const all = useSignal(false)
  const shown = all.value ? groups : groups.slice(0, first)
  return <nav class="quarantine-groups" aria-label="Groups of refused events">
    <ul>
      {shown.map((g) => <li key={JSON.stringify([g.reason, g.contract, g.field])}>
        <a class="card quarantine-group" href={link(g)} aria-current={chosen && sameGroup(g, chosen) ? 'true' : undefined}>
          <span class="quarantine-group-head"><strong>{reasonOf(g.reason).title}</strong><strong class="numbers">{formatCount(g.count)}</strong></span>
          <span class="quarantine-place"><Place group={g} /></span>
          <Bars history={g.history} label="" />
          <span class="soft small">last <RelativeTime at={g.last} /></span>
        </a>
      </li>)}
    </ul>
    {groups.length > shown.length && <button class="button" onClick={() => (all.value = true)}>Show {formatCount(groups.length - shown.length)} more groups</button>}
  </nav>
}

/** Place names a group's reason code, contract and field. */
export function Place({ group }: { group: GroupName }) {
  return <>
    <code>{group.reason}</code>
    {group.contract && <> in <code>{group.contract}</code></>}
    {group.field && <> at <code>{group.field}</code></>}
  </>
}

/** link chooses a group and keeps the rest of the address. */
function link(group: GroupName): string {
  const next = new URLSearchParams(query.value)
  next.set('reason', group.reason)
  next.set('contract', group.contract)
  next.set('field', group.field)
  return '/quarantine?' + next.toString()
}
