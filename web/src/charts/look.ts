import { isDark } from '../app/theme'

/** Colors are what a canvas needs of the style sheet's tokens, and the series' colours. */
export interface Colors { text: string; soft: string; line: string; surface: string; accent: string; ok: string; warn: string; fail: string; empty: string }
export interface Look { dark: boolean; colors: Colors; series: string[]; scale: [string, string]; font: string; calm: boolean; text: number }

// Eight colours that stay apart for readers with any kind of colour blindness, because their lightness differs where
// their hue may not, and that have a contrast of 3:1 or more with the surface they lie on (WCAG 1.4.11).
const light = ['#0b7a82', '#d96c00', '#4453c4', '#c7418f', '#2b93d1', '#7d8a00', '#8a4b2a', '#6b7785']
const dark = ['#4cc3cb', '#f5a04c', '#8f9bff', '#f08cc4', '#79c7f2', '#c3ce4a', '#d39a78', '#a3b2bb']

const lightColors: Colors = { text: '#17212b', soft: '#52606d', line: '#dfe3e8', surface: '#ffffff', accent: '#0b6e75', ok: '#14713f', warn: '#8f5a00', fail: '#b3261e', empty: '#e6eaee' }
const darkColors: Colors = { text: '#e8eef1', soft: '#a3b2bb', line: '#2b363c', surface: '#171e22', accent: '#4cc3cb', ok: '#4ecb8b', warn: '#eab44c', fail: '#ff8a80', empty: '#29343a' }

const calm = typeof matchMedia === 'function' && matchMedia('(prefers-reduced-motion: reduce)').matches

/** lookOf is how charts are drawn on a light or a dark page, with texts of this many pixels. */
export function lookOf(isDark: boolean, text = 12): Look {
  return {
    dark: isDark, colors: isDark ? darkColors : lightColors, series: isDark ? dark : light,
    scale: isDark ? ['#22595f', '#7fe3ea'] : ['#b3dadd', '#075056'],
    font: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif', calm, text,
  }
}

/** look is the present one; a component that calls it is shown again when the theme changes. */
export const look = () => lookOf(isDark(), 0.8 * parseFloat(getComputedStyle(document.documentElement).fontSize))
