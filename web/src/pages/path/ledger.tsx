import type { ComponentChildren } from 'preact'
import type { ContractLedger, Ledger, Monitor } from '../../api/types'
import { Card } from '../../parts/card'
import { formatCount } from '../../parts/format'
import { explain, imbalance } from './figures'
import { StateBadge } from './state'

/** LedgerCard is the ledger as an equation, in total and for every contract. */
export function LedgerCard({ monitor }: { monitor: Monitor }) {
  const { ledger, contracts, unclassified } = monitor
  const off = imbalance(ledger)
  return <Card title="Ledger" class={off ? 'path-ledger fail' : 'path-ledger'}
    actions={<StateBadge state={off ? 'fail' : 'ok'}>{off ? 'Does not balance' : 'Balances'}</StateBadge>}>
    <dl class="equation">
      <Term name="accepted" value={ledger.accepted} note="have a place in the stream" />
      <Term name="loaded" value={ledger.loaded} note="are rows in tables" />
      <Term name="quarantined" value={ledger.quarantined} note="were refused, and are kept" link="/quarantine" />
      <Term name="dropped" value={ledger.dropped} note="filtered, or seen before" />
      <Term name="in flight" value={ledger.in_flight} note="are on their way" />
    </dl>
    <p class={off ? 'path-off' : 'soft small'}>{off ? <><strong>{explain(ledger)}</strong> {off > 0 ? 'Accepted is more than the four add up to.' : 'The four add up to more than was accepted.'}</> : explain(ledger)}</p>
    <div class="scroll" tabIndex={0} role="region" aria-label="The ledger of every contract">
      <table class="plain path-contracts">
        <thead><tr>
          <th scope="col">Contract</th><th scope="col" class="end">Accepted</th><th scope="col" class="end">Loaded</th><th scope="col" class="end">Quarantined</th>
          <th scope="col" class="end">Dropped</th><th scope="col" class="end">In flight</th><th scope="col">Balance</th>
        </tr></thead>
        <tbody>
          {contracts.map((c) => <ContractRow key={c.contract} contract={c} />)}
          <Figures name="unclassified" note="not yet committed, or no contract matched" ledger={unclassified} balanced={unclassified.balanced} link="/quarantine?only=" />
        </tbody>
        {contracts.length > 0 && <tfoot><Figures name="total" ledger={ledger} link="/quarantine" /></tfoot>}
      </table>
    </div>
  </Card>
}

function Term({ name, value, note, link }: { name: string; value: number; note: string; link?: string }) {
  const figure = formatCount(value)
  return <div class="term">
    <dd class="numbers">{link && value > 0 ? <a href={link}>{figure}</a> : figure}</dd>
    <dt>{name}</dt>
    <dd class="soft small">{note}</dd>
  </div>
}

function ContractRow({ contract }: { contract: ContractLedger }) {
  return <Figures name={contract.contract} ledger={contract} balanced={contract.balanced} link={`/quarantine?only=${encodeURIComponent(contract.contract)}`} />
}

function Figures({ name, note, ledger, link, balanced = true }: { name: string; note?: string; ledger: Ledger; link: string; balanced?: boolean }) {
  const off = imbalance(ledger)
  let balance: ComponentChildren = <StateBadge state="ok">Balances</StateBadge>
  if (off || !balanced) balance = <StateBadge state="fail">{off ? `${formatCount(Math.abs(off))} ${off > 0 ? 'missing' : 'too many'}` : 'Does not balance'}</StateBadge>
  return <tr class={off || !balanced ? 'fail' : ''}>
    <th scope="row">{name}{note && <span class="soft small path-note">{note}</span>}</th>
    <td class="end numbers">{formatCount(ledger.accepted)}</td>
    <td class="end numbers">{formatCount(ledger.loaded)}</td>
    <td class="end numbers"><Refused n={ledger.quarantined} link={link} of={name} /></td>
    <td class="end numbers">{formatCount(ledger.dropped)}</td>
    <td class="end numbers">{formatCount(ledger.in_flight)}</td>
    <td>{balance}</td>
  </tr>
}

function Refused({ n, link, of }: { n: number; link: string; of: string }) {
  return n > 0 ? <a href={link} aria-label={`${formatCount(n)} quarantined: ${of}`}>{formatCount(n)}</a> : <>0</>
}
