// Names under which people's data knows countries, and what the map (world-atlas, from Natural Earth) calls them. ISO
// 3166 codes are resolved by the browser's own list.

const aliases: Record<string, string> = {
  'usa': 'United States of America', 'us': 'United States of America', 'u s a': 'United States of America', 'u s': 'United States of America', 'united states': 'United States of America', 'america': 'United States of America',
  'uk': 'United Kingdom', 'u k': 'United Kingdom', 'great britain': 'United Kingdom', 'britain': 'United Kingdom', 'england': 'United Kingdom', 'scotland': 'United Kingdom', 'wales': 'United Kingdom', 'northern ireland': 'United Kingdom',
  'eire': 'Ireland', 'republic of ireland': 'Ireland', 'rsa': 'South Africa', 'uae': 'United Arab Emirates', 'holland': 'Netherlands', 'the netherlands': 'Netherlands',
  'czech republic': 'Czechia', 'bosnia and herzegovina': 'Bosnia and Herz.', 'bosnia': 'Bosnia and Herz.', 'north macedonia': 'Macedonia', 'korea': 'South Korea', 'republic of korea': 'South Korea', 'korea south': 'South Korea', 'korea north': 'North Korea',
  'russian federation': 'Russia', 'viet nam': 'Vietnam', 'burma': 'Myanmar', 'ivory coast': "Côte d'Ivoire", 'cape verde': 'Cabo Verde', 'swaziland': 'eSwatini', 'eswatini': 'eSwatini',
  'democratic republic of the congo': 'Dem. Rep. Congo', 'dr congo': 'Dem. Rep. Congo', 'drc': 'Dem. Rep. Congo', 'congo kinshasa': 'Dem. Rep. Congo', 'republic of the congo': 'Congo', 'congo brazzaville': 'Congo',
  'dominican republic': 'Dominican Rep.', 'central african republic': 'Central African Rep.', 'equatorial guinea': 'Eq. Guinea', 'western sahara': 'W. Sahara', 'solomon islands': 'Solomon Is.', 'falkland islands': 'Falkland Is.', 'south sudan': 'S. Sudan',
  'turkiye': 'Turkey', 'brasil': 'Brazil', 'deutschland': 'Germany', 'espana': 'Spain', 'italia': 'Italy', 'lao pdr': 'Laos', 'syrian arab republic': 'Syria', 'islamic republic of iran': 'Iran', 'iran islamic republic of': 'Iran', 'tanzania united republic of': 'Tanzania',
  'united republic of tanzania': 'Tanzania', 'republic of moldova': 'Moldova', 'brunei darussalam': 'Brunei', 'timor leste': 'Timor-Leste', 'east timor': 'Timor-Leste', 'palestinian territories': 'Palestine', 'the gambia': 'Gambia', 'the bahamas': 'Bahamas', 'northern cyprus': 'N. Cyprus',
}

/** plain is a name without case, accents and marks. */
export const plain = (name: string) => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/&/g, ' and ').replace(/[^\p{L}\p{N}]+/gu, ' ').trim()

/** countryMatcher finds the map's name for what people's data calls a country; null when the map has none. */
export function countryMatcher(mapNames: string[]): (name: string) => string | null {
  const known = new Map(mapNames.map((name) => [plain(name), name]))
  for (const [alias, name] of Object.entries(aliases)) {
    const target = known.get(plain(name))
    if (target && !known.has(alias)) known.set(alias, target)
  }
  const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  return (name) => {
    const direct = known.get(plain(name))
    if (direct || !/^[A-Za-z]{2}$/.test(name.trim())) return direct ?? null
    return known.get(plain(english.of(name.trim().toUpperCase()) ?? '')) ?? null
  }
}
