import type { Me } from './types'

/** ApiError is what the pipeline answered instead of a result. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly hint = '') {
    super(message)
  }
}

async function call<T>(method: string, url: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, headers: { Accept: 'application/json' }, credentials: 'same-origin' }
  if (body !== undefined) {
    init.headers = { ...init.headers, 'Content-Type': 'application/json' }
    init.body = JSON.stringify(body)
  }
  let response: Response
  try {
    response = await fetch(url, init)
  } catch {
    throw new ApiError(0, 'unreachable', 'The pipeline does not answer.', 'Is it running? `penstock status` tells.')
  }
  if (!response.ok) throw await problem(response)
  return (await response.json()) as T
}

/** problem reads the error of an answer, whatever the server or a proxy before it made of it. */
export async function problem(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string; hint?: string } }
    return new ApiError(response.status, error.code, error.message, error.hint)
  } catch {
    return new ApiError(response.status, 'http_' + response.status, `The pipeline answered ${response.status} ${response.statusText}`.trim() + '.')
  }
}

export const get = <T>(url: string) => call<T>('GET', url)
export const post = <T>(url: string, body: unknown) => call<T>('POST', url, body)

export const me = () => get<Me>('/api/v1/me')
