import { session } from './session'

/** Forbidden tells a viewer that a page is an operator's. */
export function Forbidden({ title }: { title: string }) {
  return <section class="alone card">
    <h1>{title} is for operators</h1>
    <p>{session.value?.user ? `${session.value.user} is a viewer and sees the dashboards.` : 'A viewer sees the dashboards.'} Who runs the pipeline can give you the other role.</p>
    <p><a class="button primary" href="/d/">To the dashboards</a></p>
  </section>
}

/** NoPage stands where an address names nothing. */
export function NoPage() {
  return <section class="alone card">
    <h1>There is no page here</h1>
    <p>The link may be old, or mistyped.</p>
    <p><a class="button primary" href="/d/">To the dashboards</a></p>
  </section>
}
