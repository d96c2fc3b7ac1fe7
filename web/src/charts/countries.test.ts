import atlas from 'world-atlas/countries-110m.json'
import { expect, it } from 'vitest'
import { countryMatcher } from './countries'

const names = atlas.objects.countries.geometries.map((g) => g.properties.name)
const match = countryMatcher(names)

it.each([
  ['Germany', 'Germany'], ['EIRE', 'Ireland'], ['RSA', 'South Africa'], ['USA', 'United States of America'], ['United States', 'United States of America'], ['U.S.A.', 'United States of America'],
  ['UK', 'United Kingdom'], ['united kingdom ', 'United Kingdom'], ['England', 'United Kingdom'], ['Czech Republic', 'Czechia'], ['Korea', 'South Korea'], ['DE', 'Germany'], ['gb', 'United Kingdom'], ['US', 'United States of America'],
  ['Cote d’Ivoire', "Côte d'Ivoire"], ['Bosnia & Herzegovina', 'Bosnia and Herz.'], ['United Arab Emirates', 'United Arab Emirates'], ['Brasil', 'Brazil'], ['Swaziland', 'eSwatini'],
])('finds %s as %s', (name, want) => {
  expect(match(name)).toBe(want)
})

it.each(['Channel Islands', 'European Community', 'Unspecified', 'Singapore', '', '<script>', 'XX', '__proto__', 'constructor'])('has no place for %s', (name) => {
  expect(match(name)).toBeNull()
})

it('names by an alias only countries that the map has', () => {
  expect(countryMatcher(['Germany'])('USA')).toBeNull()
})
