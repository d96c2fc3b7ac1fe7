/** Sentence shows a sentence of the server, with what it has between backticks as code. */
export function Sentence({ text }: { text: string }) {
  const parts = text.split('`')
  // An odd backtick is one that means itself.
  if (parts.length % 2 === 0) return <>{text}</>
  return <>{parts.map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}</>
}
