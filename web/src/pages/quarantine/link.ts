/** GroupName is what makes a group of quarantined events; an empty text is a part of the name like others. */
export interface GroupName { reason: string; contract: string; field: string }

/** sameGroup says whether two names are of one group. */
export const sameGroup = (a: GroupName, b: GroupName) => a.reason === b.reason && a.contract === b.contract && a.field === b.field

/** quarantineLink is the address of the page that shows a group. */
export const quarantineLink = (g: GroupName) => '/quarantine?' + new URLSearchParams({ reason: g.reason, contract: g.contract, field: g.field }).toString()

const spans: Record<string, number> = { '15m': 900, '1h': 3600, '24h': 86_400, '7d': 604_800 }

/** sinceTime is the time that a span of the address begins; null for all. */
export const sinceTime = (span: string, now: number): string | null => (spans[span] ? new Date(now - spans[span] * 1000).toISOString() : null)
