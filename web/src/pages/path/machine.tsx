import type { Monitor } from '../../api/types'
import { Card } from '../../parts/card'
import { formatBytes, formatCount } from '../../parts/format'
import { StateBadge, type State } from './state'

/** Machine is what lies under the path: the stream's shards and the disk. */
export function Machine({ monitor }: { monitor: Monitor }) {
  const { shards, disk } = monitor
  const state: State = disk.free_bytes < disk.reserve_bytes ? 'fail' : disk.free_bytes < 2 * disk.reserve_bytes ? 'warn' : 'ok'
  return <Card title="Shards and disk" class="path-machine">
    <dl class="path-disk">
      <div><dt>Disk free</dt><dd class="numbers">{formatBytes(disk.free_bytes)} <StateBadge state={state}>{state === 'ok' ? 'Enough' : state === 'warn' ? 'Getting full' : 'Full'}</StateBadge></dd></div>
      <div><dt>Reserve</dt><dd class="numbers">{formatBytes(disk.reserve_bytes)} <span class="soft small">below it, producers are slowed and nothing is lost</span></dd></div>
    </dl>
    <details class="path-more" open={shards.length > 1}>
      <summary>{shards.length === 1 ? 'One shard' : `${formatCount(shards.length)} shards`}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Positions of every shard">
        <table class="plain">
          <thead><tr>
            <th scope="col">Shard</th><th scope="col" class="end">Accepted</th><th scope="col" class="end">In the lake</th><th scope="col" class="end">Loaded</th><th scope="col" class="end">Waiting</th>
          </tr></thead>
          <tbody>{shards.map((s) => <tr key={s.shard}>
            <th scope="row" class="numbers">{s.shard}</th>
            <td class="end numbers">{formatCount(s.accepted)}</td><td class="end numbers">{formatCount(s.committed)}</td><td class="end numbers">{formatCount(s.loaded)}</td>
            <td class="end numbers">{formatCount(s.accepted - s.loaded)}</td>
          </tr>)}</tbody>
        </table>
      </div>
    </details>
  </Card>
}
