/** Sentence shows a sentence of the server, with what it has between backticks as code. */
export function Sentence({ text }: { text: string }) {
  const parts = spoken(text).split('`')
  // An odd backtick is one that means itself.
  if (parts.length % 2 === 0) return <>{spoken(text)}</>
  return <>{parts.map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}</>
}

/** spoken begins a text with a capital letter, as the server's do not: they also stand in logs. A path, a name or code stays as it is. */
export const spoken = (text: string) => (/^[a-z]+(['’][a-z]+)?[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text)
