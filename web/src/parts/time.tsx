import { clock, exact } from './words'

/** Time is a moment in the reader's locale, with the exact one as its title. */
export function Time({ at }: { at: string | null | undefined }) {
  return at ? <time class="numbers" dateTime={at} title={exact(at)}>{clock(at)}</time> : <span>–</span>
}
