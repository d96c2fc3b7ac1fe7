import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, get } from '../../api/client'
import type { Quarantine, QuarantineGroup } from '../../api/types'
import { query, setQuery } from '../../app/router'
import { formatCount } from '../../parts/format'
import { Empty, ErrorNotice, Skeleton } from '../../parts/notice'
import { GroupDetail } from './detail'
import { GroupList } from './groups'
import { sameGroup, sinceTime, type GroupName } from './link'
import './quarantine.css'
import { Redrive } from './redrive'

// How often the groups are counted again while somebody looks, in milliseconds.
const every = 15_000

// Where groups and samples stand side by side, the largest group is chosen until another is.
const wide = '(min-width: 901px)'

const spans: [value: string, label: string][] = [['', 'All time'], ['15m', 'Last 15 minutes'], ['1h', 'Last hour'], ['24h', 'Last 24 hours'], ['7d', 'Last 7 days']]

interface Answer { since: string; quarantine: Quarantine }

/** QuarantinePage shows the events that were refused, by why, and sends them again. The address has the time span and the group. */
export default function QuarantinePage() {
  const answer = useSignal<Answer | null>(null)
  const failure = useSignal<ApiError | null>(null)
  const round = useSignal(0)
  const since = query.value.get('since') ?? ''
  const only = query.value.get('only')

  useEffect(() => {
    let gone = false
    async function read() {
      const from = sinceTime(since, Date.now())
      try {
        const quarantine = await get<Quarantine>('/api/v1/quarantine' + (from ? `?since=${encodeURIComponent(from)}` : ''))
        if (gone) return
        answer.value = { since, quarantine }
        failure.value = null
      } catch (error) {
        if (!gone) failure.value = error as ApiError
      }
    }
    void read()
    const timer = window.setInterval(() => {
      if (!document.hidden) void read()
    }, every)
    return () => {
      gone = true
      window.clearInterval(timer)
    }
  }, [since, round.value])

  const fresh = answer.value?.since === since ? answer.value.quarantine : null
  const groups = fresh?.groups.filter((g) => only === null || g.contract === only) ?? []
  const again = () => void round.value++
  return <div class="stack quarantine">
    <header class="quarantine-head">
      <h1>Quarantine</h1>
      <p class="soft">Events no contract accepted. They are kept whole, and can be sent again once the cause is mended.</p>
      <div class="row quarantine-tools">
        <label class="hidden" for="since">Refused events that arrived in</label>
        <select id="since" class="field" value={since} onChange={(e) => setQuery({ since: e.currentTarget.value || null })}>
          {spans.map(([value, label]) => <option value={value}>{label}</option>)}
        </select>
        {only !== null && <span class="badge">{only === '' ? 'no contract' : <>contract <span class="mono">{only}</span></>}
          <button class="quarantine-clear" aria-label="Show all contracts" onClick={() => setQuery({ only: null })}>✕</button></span>}
      </div>
    </header>
    {failure.value && <ErrorNotice error={failure.value} retry={again} />}
    {!fresh ? !failure.value && <Skeleton lines={6} label="Counting what is in quarantine" />
      : groups.length === 0 ? <Nothing filtered={since !== '' || only !== null} />
      : <Groups groups={groups} since={since} only={only} again={again} />}
  </div>
}

function Nothing({ filtered }: { filtered: boolean }) {
  return <div class="card"><Empty title="Nothing is in quarantine">
    {filtered ? <a href="/quarantine">Nothing in this selection. Show all</a> : 'Every event that arrived was accepted by a contract, or dropped because one says so.'}
  </Empty></div>
}

function Groups({ groups, since, only, again }: { groups: QuarantineGroup[]; since: string; only: string | null; again: () => void }) {
  const named = chosen()
  const group = named ? groups.find((g) => sameGroup(g, named)) : window.matchMedia(wide).matches ? groups[0] : undefined
  const total = groups.reduce((n, g) => n + g.count, 0)
  return <>
    <div class="card quarantine-all">
      <Redrive what={{ ...(only === null ? {} : { contract: only }), ...(since ? { since: sinceTime(since, Date.now()) ?? '' } : {}) }} count={total} name="all" again={again}>
        <p><strong class="numbers">{formatCount(total)}</strong> {total === 1 ? 'event' : 'events'} in {groups.length === 1 ? 'one group' : `${formatCount(groups.length)} groups`}</p>
      </Redrive>
    </div>
    <div class={`quarantine-columns ${named ? 'chosen' : ''}`}>
      <GroupList groups={groups} chosen={group ?? null} />
      <div class="quarantine-detail">
        {group ? <GroupDetail key={JSON.stringify([group.reason, group.contract, group.field])} group={group} since={since} again={again} />
          : named && <div class="card"><Empty title="Nothing is left in this group"><a href="/quarantine">What was in it was sent again, or is older than the time span. All groups</a></Empty></div>}
      </div>
    </div>
  </>
}

/** chosen is the group that the address names. */
function chosen(): GroupName | null {
  const reason = query.value.get('reason')
  return reason === null ? null : { reason, contract: query.value.get('contract') ?? '', field: query.value.get('field') ?? '' }
}
