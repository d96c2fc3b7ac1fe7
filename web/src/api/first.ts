import type { Dashboard, DashboardName, Me } from './types'

/** First is what the server put into the page, so that it need not be asked for: the answers to the calls of these names. */
interface First { me?: Me; dashboards?: DashboardName[]; dashboard?: Dashboard }

function read(): First {
  try {
    return JSON.parse(document.getElementById('first')?.textContent || '{}') as First
  } catch {
    return {}
  }
}

const first = read()

/** takeFirst gives an answer once; by the next time somebody needs it, it may be old. */
export function takeFirst<Name extends keyof First>(name: Name): First[Name] | undefined {
  const answer = first[name]
  delete first[name]
  return answer
}
