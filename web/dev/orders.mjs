// Orders that keep coming, and the charts over them: what the development server shows.
const products = ['Desk lamp', 'Walnut desk', 'Chair "Nordic", height adjustable', 'Monitor arm', 'Whiteboard', '<script>alert(1)</script>', '<img src=x onerror=alert(2)> & Sons']
const cities = { Germany: ['Berlin', 'Hamburg'], 'United Kingdom': ['London', 'Leeds'], USA: ['Austin', 'Portland'], EIRE: ['Dublin'], RSA: ['Cape Town'], Brasil: ['Recife'], Japan: ['Osaka'], 'Channel Islands': ['St Helier'], France: ['Lyon'], Australia: ['Perth'] }
const countries = Object.keys(cities)

let seed = 7
const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647
const pick = (list) => list[Math.floor(random() ** 1.7 * list.length)]

export const orders = []
export function order(at) {
  const country = pick(countries)
  const quantity = 1 + Math.floor(random() * 4)
  const cents = (1 + Math.floor(random() * 19900)) * quantity
  orders.push({ at, country, city: pick(cities[country]), product: pick(products), cents, customer: Math.floor(random() ** 2 * 900), state: random() })
}
for (let hours = 24 * 40; hours > 0; hours -= 0.08) {
  const at = Date.now() - hours * 3_600_000
  if (new Date(at).getUTCHours() > 5) order(at)
}

const money = (cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
const sum = (list) => list.reduce((total, one) => total + one.cents, 0)
const iso = (at) => new Date(at).toISOString().replace('.000Z', 'Z')

function grouped(list, key) {
  const groups = new Map()
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one])
  return [...groups]
}
const byCount = (list, key) => grouped(list, key).map(([name, group]) => [name, String(group.length)]).sort((a, b) => b[1] - a[1])
const byMoney = (list, key) => grouped(list, key).map(([name, group]) => [name, money(sum(group))]).sort((a, b) => b[1] - a[1])
const column = (name, type = 'varchar') => ({ name, type })
const count = column('orders', 'bigint')
const revenue = column('revenue', 'decimal(38,2)')
const euro = { style: 'currency', currency: 'EUR', decimals: 2 }

// Each answers with columns and rows for a list of orders and a bucket's start.
const charts = [
  { id: 'orders', title: 'Orders', type: 'number', of: (list) => [[count], [[String(list.length)]]] },
  { id: 'revenue', title: 'Revenue', type: 'number', format: euro, of: (list) => [[revenue], [[money(sum(list))]]] },
  { id: 'basket', title: 'Average basket', type: 'number', format: euro, of: (list) => [[column('basket', 'double')], [[list.length ? String(sum(list) / list.length / 100) : null]]] },
  { id: 'trend', title: 'Orders, their way', type: 'number', time: true, of: (list, bucket) => [[column('at', 'timestamp'), count], grouped(list, bucket).map(([at, group]) => [iso(at), String(group.length)])] },
  { id: 'time', title: 'Revenue over time', description: 'By the day of the order', type: 'area', width: 3, height: 2, time: true, format: euro, of: (list, bucket) => [[column('at', 'timestamp'), revenue], grouped(list, bucket).map(([at, group]) => [iso(at), money(sum(group))])] },
  { id: 'product', title: 'Best products', type: 'bar', height: 2, format: euro, filter: 'product', of: (list) => [[column('product_name'), revenue], byMoney(list, (o) => o.product)] },
  { id: 'map', title: 'Revenue by country', type: 'map', width: 2, height: 2, format: euro, filter: 'country', of: (list) => [[column('country'), revenue], byMoney(list, (o) => o.country)] },
  { id: 'share', title: 'Orders by country', type: 'donut', height: 2, filter: 'country', of: (list) => [[column('country'), count], byCount(list, (o) => o.country)] },
  { id: 'funnel', title: 'From visit to order', type: 'funnel', height: 2, of: (list) => [[column('step'), column('people', 'bigint')], [['Visit', 9], ['Product seen', 6], ['In the basket', 3], ['Paid', 1]].map(([n, f]) => [n, String(list.length * f)])] },
  { id: 'lines', title: 'Orders of the largest countries', type: 'line', width: 2, height: 2, time: true, filter: 'country', of: (list, bucket) => [[column('at', 'timestamp'), column('country'), count], grouped(list.filter((o) => countries.slice(0, 4).includes(o.country)), (o) => `${bucket(o)}|${o.country}`).map(([key, group]) => [iso(Number(key.split('|')[0])), key.split('|')[1], String(group.length)])] },
  { id: 'stacked', title: 'New and returning customers', type: 'stacked', width: 2, height: 2, time: true, of: (list, bucket) => [[column('at', 'timestamp'), column('customer'), count], grouped(list, (o) => `${bucket(o)}|${o.customer > 200 ? 'new' : 'returning'}`).map(([key, group]) => [iso(Number(key.split('|')[0])), key.split('|')[1], String(group.length)])] },
  { id: 'table', title: 'Last orders', type: 'table', width: 3, height: 2, filter: 'country', of: (list) => [[column('country'), column('city'), column('product_name'), column('order_date', 'timestamp'), revenue], list.slice(-50).reverse().map((o) => [o.country, o.city, o.product, iso(o.at), money(o.cents)])] },
  { id: 'broken', title: 'A query that fails', type: 'bar', of: () => { throw { code: 'sql', message: 'the column "contry" does not exist', hint: 'Did you mean "country"? The columns are in docs/contracts.md.' } } },
  { id: 'empty', title: 'Cancellations', type: 'line', width: 1, time: true, of: () => [[column('at', 'timestamp'), count], []] },
]
export const definition = (name) => ({
  name, title: name === 'orders' ? 'Orders' : 'The same again', description: 'What the shop sells, as it happens.', range: '24h', refresh: 'live',
  filters: [{ name: 'country', label: 'Country' }, { name: 'product', label: 'Product' }],
  charts: charts.map(({ of, ...chart }) => ({ description: '', width: 1, height: 1, format: {}, filter: '', time: false, sql: `select {{bucket:order_date}}, sum(order_cost) -- ${chart.id}\nfrom orders\nwhere {{period}} and {{filters}}\ngroup by all`, ...chart })),
})
export const filterValues = (name) => ({ values: byCount(orders, (o) => o[name]).map(([value]) => value) })

const lengths = { '15m': 900, '1h': 3600, '6h': 21_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000, '90d': 7_776_000, '1y': 31_557_600 }
const buckets = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** chart answers one chart for a state of the page. */
export function chart(id, state) {
  const definition = charts.find((one) => one.id === id)
  const range = state.get('range') ?? '24h'
  const to = state.get('to') ? Date.parse(state.get('to')) : Date.now()
  const from = state.get('from') ? Date.parse(state.get('from')) : range === 'all' ? null : to - lengths[range] * 1000
  const span = from === null ? Infinity : to - from
  const bucket = span <= 900_000 ? 'second' : span <= 6 * 3_600_000 ? 'minute' : span <= 86_400_000 * 2 ? 'hour' : 'day'
  const start = (o) => Math.floor(o.at / buckets[bucket]) * buckets[bucket]
  const filtered = orders.filter((o) => ['country', 'product'].every((f) => !state.has(`f.${f}`) || state.getAll(`f.${f}`).includes(o[f])))
  const result = (low, high) => {
    const [columns, rows] = definition.of(filtered.filter((o) => o.at >= low && o.at < high), start)
    return { columns, rows }
  }
  const common = { id, bucket, from: from === null ? null : new Date(from).toISOString(), to: from === null ? null : new Date(to).toISOString(), complete_to: iso(Date.now() - 800), quarantined: 12, took_ms: 14, truncated: false }
  try {
    return { ...common, ...result(from ?? 0, to), ...(state.get('compare') && from !== null ? { previous: result(from - span, from) } : {}) }
  } catch (error) {
    return { ...common, error }
  }
}
