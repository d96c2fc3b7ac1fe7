import type { ComponentChildren } from 'preact'
import './notice.css'
import { Sentence } from './sentence'

/** Empty says that there is nothing, and what would bring something. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="empty">
    <p class="empty-title">{title}</p>
    {children && <div class="soft small">{children}</div>}
  </div>
}

interface Failure { message: string; hint?: string | undefined }

/** ErrorNotice shows what went wrong and what to do about it. */
export function ErrorNotice({ error, retry }: { error: Failure; retry?: () => void }) {
  return <div class="notice fail error-notice" role="alert">
    <p class={`error-message ${error.message.includes('\n') ? 'mono' : ''}`}><Sentence text={error.message} /></p>
    {error.hint && <p class="error-hint"><Sentence text={error.hint} /></p>}
    {retry && <button type="button" class="button" onClick={retry}>Try again</button>}
  </div>
}

/** Skeleton holds the place of what is being loaded. */
export function Skeleton({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return <div class="skeleton" role="status">
    <span class="hidden">{label}</span>
    {Array.from({ length: lines }, (_, i) => <span key={i} class="skeleton-line" aria-hidden="true" />)}
  </div>
}

/** Spinner says that something small is under way. */
export function Spinner({ label = 'Working' }: { label?: string }) {
  return <span class="spinner" role="status"><span class="hidden">{label}</span></span>
}
