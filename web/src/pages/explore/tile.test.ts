import { expect, it } from 'vitest'
import { arranged, plainSQL, tile } from './tile'

it('writes a tile as a dashboard file has it', () => {
  expect(tile({ title: 'Orders: by country', type: 'bar', width: 2, format: { style: 'currency', currency: 'EUR', decimals: 0 } }, 'select country,\n\tcount(*)\n\nfrom orders;\n')).toMatchInlineSnapshot(`
    "  - title: "Orders: by country"
        type: bar
        width: 2
        format: {style: currency, currency: EUR, decimals: 0}
        # {{period}} and {{filters}} in its where clause let the dashboard's range and filters apply.
        sql: |
          select country,
            count(*)

          from orders
    "
  `)
})

it.each([['yes', '"yes"'], ['Orders', 'Orders'], ['- a', '"- a"'], ['a # b', '"a # b"'], ['', 'Untitled'], ['"x"\n', '"\\"x\\"\\n"']])('writes the title %j so that it stays a text', (title, want) => {
  expect(tile({ title, type: 'table', width: 1, format: {} }, 'select 1').split('\n')[0]).toBe(`  - title: ${want}`)
})

it('says how deep a query is indented whose first line begins with a space', () => {
  expect(tile({ title: 'A', type: 'table', width: 1, format: {} }, '  select 1\nfrom t')).toContain('sql: |2\n        select 1\n      from t')
})

it('orders columns as charts expect them', () => {
  const result = { columns: [{ name: 'n', type: 'bigint' }, { name: 'city', type: 'varchar' }, { name: 'at', type: 'date' }], rows: [['1', 'Berlin', '2026-11-22']] }
  expect(arranged(result, { type: 'line', x: 'at', series: 'city', measure: 'n' })).toEqual({ columns: [result.columns[2], result.columns[1], result.columns[0]], rows: [['2026-11-22', 'Berlin', '1']] })
  expect(arranged(result, { type: 'number', x: 'at', series: '', measure: 'n' }).rows).toEqual([['1']])
  expect(arranged(result, { type: 'table', x: '', series: '', measure: '' })).toBe(result)
})

it('makes a dashboard\'s query one that the warehouse takes, where that is possible', () => {
  expect(plainSQL('select {{bucket:order_date}}, count(*) from orders where {{period}} and {{filters: country}}')).toBe("select date_trunc('day', order_date), count(*) from orders where true and true")
  expect(plainSQL('select {{bucket}} from orders')).toBeNull()
})
