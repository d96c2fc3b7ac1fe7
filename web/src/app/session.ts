import { signal } from '@preact/signals'
import { ApiError, me } from '../api/client'
import { takeFirst } from '../api/first'
import type { Me } from '../api/types'

/** session is who looks at the pages: null until known. A role of '' must log in first. */
export const session = signal<Me | null>(takeFirst('me') ?? null)
export const unreachable = signal<ApiError | null>(null)

export async function refreshSession() {
  try {
    session.value = await me()
    unreachable.value = null
  } catch (error) {
    unreachable.value = error instanceof ApiError ? error : new ApiError(0, 'unknown', String(error))
  }
}
